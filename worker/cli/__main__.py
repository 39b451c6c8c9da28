"""`python -m worker.cli`, the same as the command `polysync-sagemaker`."""

from worker.cli.app import main

main()
