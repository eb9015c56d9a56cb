"""What a GraphQL operation costs: scalars 0, objects 1, mutations 10, connections their page size times a node.

Shopify publishes these weights; how it sizes nested connections it does not, so ours are never cheaper than its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

MUTATION_COST = 10
MOST_PER_QUERY = 1000
Holder = GraphQLObjectType | GraphQLInterfaceType


class QueryCost:
    """Reckons one valid document. `requested` is what its arguments allow, `actual` what an answer held."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._schema = schema
        self._variables = dict(variables)
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def requested(self, operation: OperationDefinitionNode) -> int:
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return 0
        fields = list(self._fields(operation.selection_set, root))
        mutations = len(fields) if operation.operation.value == "mutation" else 0
        return mutations * MUTATION_COST + self._within(operation.selection_set, root, 1)

    def _within(self, selection: SelectionSetNode, holder: Holder, page: int) -> int:
        return sum(self._field(field, inner, page) for field, inner in self._fields(selection, holder))

    def _field(self, field: FieldNode, holder: Holder, page: int) -> int:
        definition = holder.fields.get(field.name.value)
        inner = get_named_type(definition.type) if definition else None
        if field.selection_set is None or not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        given = {a.name.value: value_from_ast_untyped(a.value, self._variables) for a in field.arguments or ()}
        if inner.name.endswith("Connection"):
            size = given.get("first") or given.get("last")
            return 1 + self._within(field.selection_set, inner, size if isinstance(size, int) else 1)
        ids = given.get("ids")
        times = len(ids) if isinstance(ids, list) else page if field.name.value in ("nodes", "edges") else 1
        return times * (1 + self._within(field.selection_set, inner, 1))

    def _fields(self, selection: SelectionSetNode, holder: Holder) -> Iterator[tuple[FieldNode, Holder]]:
        """The fields with the type that has them: a fragment may be on another type than what surrounds it."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, holder
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set, self._on(node.type_condition, holder))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                yield from self._fields(fragment.selection_set, self._on(fragment.type_condition, holder))

    def _on(self, condition: NamedTypeNode | None, holder: Holder) -> Holder:
        named = self._schema.type_map.get(condition.name.value) if condition else None
        return named if isinstance(named, GraphQLObjectType | GraphQLInterfaceType) else holder


def actual_cost(data: Any, mutations: int) -> int:
    """Objects in the answer, and 10 for each mutation."""
    return mutations * MUTATION_COST + _objects(data) - (1 if isinstance(data, dict) else 0)


def _objects(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_objects(inner) for inner in value.values())
    return sum(_objects(inner) for inner in value) if isinstance(value, list) else 0
