"""What happened inside an execution: its steps, the jobs behind them, why they failed, what they hand on."""
