"""How an analysis runs over arrays and recordings: pieces, recipes, results."""
