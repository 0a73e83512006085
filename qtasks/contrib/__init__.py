"""For programs that use qtasks inside another framework; each needs that framework."""
