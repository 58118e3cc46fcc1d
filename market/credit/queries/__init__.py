"""What credit reads and writes, one module for each real thing; public queries name published rankings only."""
