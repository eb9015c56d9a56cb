"""Starting the sandbox, its configuration, and what control knows."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from orderloom.sandbox.__main__ import main
from orderloom.sandbox.control import ControlFailed
from orderloom.sandbox.knobs import DeliveryKnobs, Faults, Knobs, NodeKnobs
from tests.sandbox.world import ALL_DATA, CONFIG, KITCHEN, SELLER, Receiver, World, order, running_world


def _start(config: Path, port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "orderloom.sandbox", "--port", str(port), "--config", str(config)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"sped": 2}', "sped: Extra inputs are not permitted"), ('{"speed": 0}', "speed: "), ("{", "Invalid JSON")],
)
def test_a_wrong_configuration_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "sandbox.json"
    file.write_text(text)
    assert main(["--port", "1", "--config", str(file)]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


def test_a_missing_configuration_is_refused_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "1", "--config", str(tmp_path / "none.json")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_it_runs_as_a_program_until_it_is_stopped(tmp_path: Path, free_port: int) -> None:
    file = tmp_path / "sandbox.json"
    file.write_text(CONFIG.model_dump_json())
    with _start(file, free_port) as process:
        transport = httpx.HTTPTransport(retries=12)
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{free_port}") as http:
            assert http.get("/_control/truth").json()["orders"] == []
        process.terminate()
        _, complaint = process.communicate(timeout=30)
    assert complaint == ""


def test_the_same_seed_tells_the_same_story_and_no_seed_another_one() -> None:
    def tell(seed: int | None) -> str:
        with running_world(CONFIG.model_copy(update={"seed": seed})) as world:
            world.control.place_amazon_order(SELLER.account, order())
            world.control.place_shopify_order(KITCHEN.account, order())
            return world.control.truth().model_dump_json()

    assert tell(3) == tell(3)
    assert tell(None) != tell(None)


def test_all_personal_data_that_leaves_the_sandbox_is_on_the_list(world: World, receiver: Receiver) -> None:
    order_id = world.control.place_amazon_order(SELLER.account, order(with_note=True))
    world.control.place_shopify_order(KITCHEN.account, order(with_note=True))
    amazon = world.get_order(order_id, ALL_DATA)
    address = amazon["recipient"]["deliveryAddress"]
    gift = amazon["orderItems"][0]["fulfillment"]["packing"]["giftOption"]["giftMessage"]
    webhook = receiver.wait(1)[0].json
    shipping = webhook["shipping_address"]
    known = {(datum.kind, datum.value) for datum in world.control.truth().personal}
    assert {
        ("name", address["name"]),
        ("street", address["addressLine1"]),
        ("postal_code", address["postalCode"]),
        ("phone", address["phone"]),
        ("email", amazon["buyer"]["buyerEmail"]),
        ("gift_message", gift),
        ("name", shipping["name"]),
        ("last_name", shipping["last_name"]),
        ("street", shipping["address1"]),
        ("postal_code", shipping["zip"]),
        ("phone", shipping["phone"]),
        ("email", webhook["email"]),
        ("note", webhook["note"]),
    } <= known


def test_knobs_are_kept_as_they_were_set(world: World) -> None:
    knobs = Knobs(
        faults={"*": Faults(latency_seconds=0.01), "amazon.token": Faults(error_rate=1.0)},
        webhooks=DeliveryKnobs(jitter_seconds=0.5),
        nodes={"own_warehouse": NodeKnobs(packages=2)},
    )
    world.control.set_knobs(knobs)
    assert world.control.knobs() == knobs
    assert world.amazon_token().status_code == 500


def test_what_does_not_exist_is_said_so(world: World) -> None:
    for impossible in (
        lambda: world.control.place_amazon_order("nobody", order()),
        lambda: world.control.place_shopify_order("nobody", order()),
        lambda: world.control.cancel_amazon_order(SELLER.account, "111-0000000-0000000"),
        lambda: world.control.cancel_shopify_order(KITCHEN.account, "1"),
        lambda: world.control.ship("own_warehouse", "never-sent"),
    ):
        with pytest.raises(ControlFailed, match="404"):
            impossible()


def test_a_misspelt_knob_is_refused(world: World) -> None:
    answer = world.http.post("/_control/knobs", content=json.dumps({"fauts": {}}))
    assert answer.status_code == 422
