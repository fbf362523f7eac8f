from pathlib import Path

import torch

from export.golden import load_golden
from export.golden_networks import in_torch, run_network
from export.golden_uni import _whole_name, ocsampler_case


def test_a_thinned_array_is_of_the_whole_one() -> None:
    assert _whole_name("global_featmap_sample") == _whole_name("global_featmap_stat") == "global_featmap"
    assert _whole_name("sampled_frames") == "sampled_frames"


def test_a_published_set_in_torch(shared: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    golden = load_golden(shared / "golden", "ocsampler-anet-k6")
    run = run_network(golden, ocsampler_case(), tmp_path / "checkpoint")
    assert [line.text() for line in in_torch("set", golden, run) if not line.met] == []
    assert run.answers.shape == (2, 6, 200)
