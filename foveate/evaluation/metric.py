"""The figure of merit that a picture shows."""

from enum import StrEnum

from foveate.evaluation.curve import Scores
from foveate.evaluation.report import ClassScore


class Metric(StrEnum):
    """One of an evaluation's scores, in per cent."""

    MAP = "map"
    """Mean average precision; of a class, its average precision."""

    TOP1 = "top1"
    """Share of videos whose best class is their first label; of a class, of the videos whose label it is."""

    @property
    def words(self) -> str:
        """Its name for people."""
        return {Metric.MAP: "mAP", Metric.TOP1: "top-1 accuracy"}[self]

    @property
    def class_words(self) -> str:
        """Its name for people where it is a class's."""
        return {Metric.MAP: "average precision", Metric.TOP1: "top-1 accuracy"}[self]

    def of(self, scores: Scores) -> float:
        """This score of some answers."""
        return {Metric.MAP: scores.mean_average_precision, Metric.TOP1: scores.top1}[self]

    def of_class(self, one: ClassScore) -> float | None:
        """This score of a class; None where no video counts for it."""
        if self is Metric.TOP1:
            return one.top1
        # A single video would make it more than 0, wherever it is ranked.
        return one.average_precision or None
