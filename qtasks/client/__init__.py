"""What a program that submits and follows tasks does with a broker, by role."""
