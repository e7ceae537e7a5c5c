"""What the dashboards are made of: queries, panels, how panels lie, and what every dashboard has around them."""
