"""Reviews (评价): what owner and agency say of each other once the work has ended."""
