import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from diffmem.agents.providers.schema import schema_text, strict_schema


class Fact(BaseModel):
    """Something said."""

    kind: Literal["fact"]
    text: Annotated[str, Field(min_length=1, max_length=200, pattern="^[^\n]*$")]
    when: str = ""
    turn: int | None = Field(default=None, ge=1, description="Where it was said.")


class Gap(BaseModel):
    kind: Literal["gap"]


class Page(BaseModel):
    mood: Literal["calm", "loud"] = "calm"
    first: Fact = Field(description="The one to begin with.")
    items: Annotated[list[Annotated[Fact | Gap, Field(discriminator="kind")]], Field(max_length=9)]


class Tree(BaseModel):
    name: str
    twigs: list["Tree"] = []
    twin: "Tree | None" = None


class Open(BaseModel):
    names: dict[str, str]


def nodes(schema: Any) -> list[dict[str, Any]]:
    """Every schema within a schema."""
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    return [schema, *(node for one in inner for node in nodes(one))]


@pytest.mark.parametrize("bounds", [True, False])
@pytest.mark.parametrize("shape", [Fact, Page, Tree])
def test_every_schema_is_one_that_strict_servers_take(shape: type[BaseModel], bounds: bool) -> None:
    schema = strict_schema(shape, bounds=bounds)

    assert schema["type"] == "object"
    for node in nodes(schema):
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        assert not node.keys() & {"default", "oneOf", "allOf", "discriminator", "const", "title"}
        assert node.keys() == {"$ref"} or "$ref" not in node


def test_a_field_with_a_default_is_asked_for_as_what_it_is() -> None:
    fields = strict_schema(Fact)["properties"]

    assert fields["when"] == {"type": "string"}
    assert fields["turn"]["anyOf"] == [{"type": "integer", "minimum": 1}, {"type": "null"}]
    assert fields["turn"]["description"] == "Where it was said."


def test_bounds_stay_or_go() -> None:
    assert strict_schema(Fact)["properties"]["text"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": "^[^\n]*$",
    }
    assert strict_schema(Fact, bounds=False)["properties"]["text"] == {"type": "string"}


def test_a_choice_by_kind_is_a_plain_choice() -> None:
    schema = strict_schema(Page)

    assert schema["properties"]["items"] == {
        "type": "array",
        "maxItems": 9,
        "items": {"anyOf": [{"$ref": "#/$defs/Fact"}, {"$ref": "#/$defs/Gap"}]},
    }
    assert schema["$defs"]["Gap"]["properties"]["kind"] == {"type": "string", "enum": ["gap"]}


def test_what_is_said_beside_a_reference_is_kept() -> None:
    first = strict_schema(Page)["properties"]["first"]

    assert first["description"] == "The one to begin with."
    assert set(first["properties"]) == {"kind", "text", "when", "turn"}


def test_a_shape_may_hold_itself() -> None:
    schema = strict_schema(Tree)

    assert schema["properties"]["twigs"]["items"] == {"$ref": "#/$defs/Tree"}
    assert schema["$defs"]["Tree"]["required"] == ["name", "twigs", "twin"]


def test_an_open_mapping_has_no_strict_schema() -> None:
    with pytest.raises(TypeError, match="list of pairs"):
        strict_schema(Open)


def test_the_text_for_a_prompt_is_one_line_of_the_same() -> None:
    text = schema_text(Page)

    assert "\n" not in text
    assert json.loads(text) == strict_schema(Page)
