"""`python -m svta` is the console script `svta`."""

from svta.cli import main

if __name__ == "__main__":
    main()
