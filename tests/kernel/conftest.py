"""Puts the folder of the shared helpers on the path, and gives the profile."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
