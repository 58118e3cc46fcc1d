"""What is asked of projects and notices, and every reason why it may be refused; plain Python, no database."""
