from server.model_schemas import ModelCost


def test_cost_says_its_unit() -> None:
    cost = ModelCost(by_answer=[1, 2], dense=3, published=None, by_graph={"a.onnx": 1})
    assert cost.model_dump()["unit"] == "multiply-adds"
    assert "FLOPs" in ModelCost.model_json_schema()["description"]
