"""Studies: the coding parts of the sources, run with their settings; one file a part or a family of parts."""
