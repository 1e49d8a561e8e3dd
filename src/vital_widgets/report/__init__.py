"""Reports on paper: one or two pages as PDF, or as HTML in one file."""

from __future__ import annotations

from vital_widgets.report.hrv_report import HrvReport, hrv_report

__all__ = ["HrvReport", "hrv_report"]
