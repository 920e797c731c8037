"""What `stylize models pull` and `import` do in Python: download, check, export, put in place."""
