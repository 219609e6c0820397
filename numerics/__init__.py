"""The numeric arm: experiments and false twins, one file a theme; their machinery is in `harness`."""
