"""Pictures of figures: what a message keeps, where each mark stands, and the mark as PNG or SVG."""
