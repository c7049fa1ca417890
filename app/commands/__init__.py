"""The commands of `oncoform`, one file for each group that belongs together."""
