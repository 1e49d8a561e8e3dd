"""The only code that knows anywidget and ipywidgets."""
