"""Plain Python shared by all domains: it knows no domain and no database."""
