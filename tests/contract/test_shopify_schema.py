"""The sandbox's Shopify schema against Shopify's own of Admin 2026-10: nothing in ours that is not in theirs."""

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from orderloom.sandbox.shopify.graphql import sandbox_schema


def _own_types() -> list[GraphQLNamedType]:
    return [t for t in sandbox_schema().type_map.values() if not t.name.startswith("__")]


def _differences(ours: GraphQLNamedType, theirs: GraphQLNamedType | None) -> list[str]:
    if theirs is None or type(ours) is not type(theirs):
        return [f"{ours.name}: no such {type(ours).__name__}"]
    if isinstance(ours, GraphQLEnumType) and isinstance(theirs, GraphQLEnumType):
        return [f"{ours.name}.{value}" for value in ours.values if value not in theirs.values]
    if isinstance(ours, GraphQLInputObjectType) and isinstance(theirs, GraphQLInputObjectType):
        return _input_differences(ours, theirs)
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType) and isinstance(theirs, type(ours)):
        return _field_differences(ours, theirs)
    return []


def _input_differences(ours: GraphQLInputObjectType, theirs: GraphQLInputObjectType) -> list[str]:
    wrong = [
        f"{ours.name}.{name}: {field.type}"
        for name, field in ours.fields.items()
        if name not in theirs.fields or str(theirs.fields[name].type) != str(field.type)
    ]
    required = [n for n, f in theirs.fields.items() if str(f.type).endswith("!") and n not in ours.fields]
    return wrong + [f"{ours.name}.{name}: required there, absent here" for name in required]


def _field_differences(
    ours: GraphQLObjectType | GraphQLInterfaceType, theirs: GraphQLObjectType | GraphQLInterfaceType
) -> list[str]:
    found = []
    for name, field in ours.fields.items():
        other = theirs.fields.get(name)
        if other is None or str(other.type) != str(field.type):
            found.append(f"{ours.name}.{name}: {field.type}, there {other.type if other else 'absent'}")
            continue
        for argument, given in field.args.items():
            known = other.args.get(argument)
            if known is None or (str(known.type), known.default_value) != (str(given.type), given.default_value):
                found.append(f"{ours.name}.{name}({argument}: {given.type})")
        found += [
            f"{ours.name}.{name}({a}) is required there"
            for a, k in other.args.items()
            if str(k.type).endswith("!") and a not in field.args
        ]
    return found


def test_every_type_field_argument_and_value_is_one_of_shopify_s(admin: GraphQLSchema) -> None:
    differences = [text for ours in _own_types() for text in _differences(ours, admin.type_map.get(ours.name))]
    assert differences == []


def test_the_directive_is_shopify_s(admin: GraphQLSchema) -> None:
    ours, theirs = sandbox_schema().get_directive("idempotent"), admin.get_directive("idempotent")
    assert ours is not None
    assert theirs is not None
    assert ours.locations == theirs.locations
    assert {n: str(a.type) for n, a in ours.args.items()} == {n: str(a.type) for n, a in theirs.args.items()}


def test_the_comparison_notices_a_field_that_shopify_does_not_have(admin: GraphQLSchema) -> None:
    ours = build_schema("type Query { shop: Shop } type Shop { id: ID! plumage: String }").type_map["Shop"]
    assert _differences(ours, admin.type_map["Shop"]) == ["Shop.plumage: String, there absent"]
