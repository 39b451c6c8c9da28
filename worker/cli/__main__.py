"""`python -m worker.cli` is the command `polysync-sagemaker`."""

from worker.cli.app import main

main()
