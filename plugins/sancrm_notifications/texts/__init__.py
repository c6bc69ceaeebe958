"""The office's texts as one file: taken out for a review or a second installation, and brought in again."""
