"""What is on Front: the chart to browse, the walk along it, the comparison."""
