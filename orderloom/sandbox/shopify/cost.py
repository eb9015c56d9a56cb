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
        mutations = len(list(self._fields(operation.selection_set))) if operation.operation.value == "mutation" else 0
        return mutations * MUTATION_COST + self._within(operation.selection_set, root, 1)

    def _within(self, selection: SelectionSetNode, holder: Holder, page: int) -> int:
        return sum(self._field(field, holder, page) for field in self._fields(selection))

    def _field(self, field: FieldNode, holder: Holder, page: int) -> int:
        definition = holder.fields.get(field.name.value)
        inner = get_named_type(definition.type) if definition else None
        if field.selection_set is None or not isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        if inner.name.endswith("Connection"):
            return 1 + self._within(field.selection_set, inner, self._page(field))
        times = page if field.name.value in ("nodes", "edges") else 1
        return times * (1 + self._within(field.selection_set, inner, 1))

    def _page(self, field: FieldNode) -> int:
        given = {a.name.value: value_from_ast_untyped(a.value, self._variables) for a in field.arguments or ()}
        size = given.get("first") or given.get("last")
        return size if isinstance(size, int) else 1

    def _fields(self, selection: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self._fragments[node.name.value].selection_set)


def actual_cost(data: Any, mutations: int) -> int:
    """Objects in the answer, and 10 for each mutation."""
    return mutations * MUTATION_COST + _objects(data) - (1 if isinstance(data, dict) else 0)


def _objects(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(_objects(inner) for inner in value.values())
    return sum(_objects(inner) for inner in value) if isinstance(value, list) else 0
