"""Measurements of orderloom beside a bare yardstick in the same run. Figures of different runs are not comparable."""
