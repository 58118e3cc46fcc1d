"""The `desk` domain: home, search, help and the overviews of each role; pages that read many domains and own no row."""
