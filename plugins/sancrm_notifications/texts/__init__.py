"""The office's texts and switches as one file: taken out for a review or a second installation, and brought in."""
