"""What the kernel's tests share: a notation for terms, attacks, cases, traces. Imported by conftest's path."""
