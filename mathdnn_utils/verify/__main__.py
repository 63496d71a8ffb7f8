"""`python -m mathdnn_utils.verify FILE.py …`: grade the files in which students have marked what they claim."""

import sys

from .grading import main

if __name__ == "__main__":
    sys.exit(main())
