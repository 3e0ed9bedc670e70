"""Where a claim's line ends, how claims of different sources stand to each other, who is silent."""
