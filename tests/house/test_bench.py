from benchmarks.throughput import measure


def test_the_throughput_benchmark_completes_real_orders_and_bare_workflows() -> None:
    said: list[str] = []
    found = measure(2, said.append)
    assert found.orders == 2
    assert found.orders_per_second > 0
    assert found.bare_per_second > 0
    assert said == ["starting the stack", "1 bare workflows", "2 orders", "1 bare workflows"]
