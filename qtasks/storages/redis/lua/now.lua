-- Tells the time. Runs in the home slot.
--
-- Result   the moment it is, in epoch seconds, as text
return string.format('%.6f', now)
