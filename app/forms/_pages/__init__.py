"""The pages of writing, and one person's work at a form behind them."""
