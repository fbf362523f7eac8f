import torch

from models.running_max import RunningMaxClassifier
from tests.models.small_networks import noise, seeded

STEPS, WIDTH, CLASSES = 6, 9, 4


def classifier() -> RunningMaxClassifier:
    return seeded(RunningMaxClassifier(7, WIDTH, CLASSES, STEPS))


def test_each_step_answers_from_the_largest_so_far_by_its_own_layer() -> None:
    network, features = classifier(), noise(3, STEPS, 7)
    with torch.inference_mode():
        answers, shared = network(features), network.shared(features)
        for step in range(STEPS):
            largest = shared[:, : step + 1].amax(1)
            wanted = largest @ network.weights[step].T + network.biases[step]
            torch.testing.assert_close(answers[:, step], wanted)
    assert answers.shape == (3, STEPS, CLASSES)


def test_steps_one_by_one_give_the_whole() -> None:
    network, features = classifier(), noise(3, STEPS, 7)
    with torch.inference_mode():
        whole, state = network(features), torch.zeros(3, network.state_size)
        for step in range(STEPS):
            answer, state = network.step(features[:, step], state, torch.full((3,), step))
            torch.testing.assert_close(answer, whole[:, step])


def test_a_batch_may_mix_steps() -> None:
    network, features, states = classifier(), noise(4, 7), noise(4, WIDTH, seed=1).abs()
    steps = torch.tensor([5, 0, 3, 0])
    with torch.inference_mode():
        together, after = network.step(features, states, steps)
        for i in range(4):
            alone = network.step(features[i : i + 1], states[i : i + 1], steps[i : i + 1])
            torch.testing.assert_close(together[i : i + 1], alone[0])
            torch.testing.assert_close(after[i : i + 1], alone[1])


def test_a_shorter_sequence_gives_the_first_answers() -> None:
    network, features = classifier(), noise(2, STEPS, 7)
    with torch.inference_mode():
        torch.testing.assert_close(network(features[:, :2]), network(features)[:, :2])
