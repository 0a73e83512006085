-- Makes due tasks ready.
--
-- ARGV     [4] id and place in the order (0: the next one), again and again
-- Result   for each the change, or '' when it was not due any more
--
-- A task that comes back from a retry keeps the place it had.
local result = {}
for i = 4, #ARGV, 2 do
  local t = load(ARGV[i])
  if t and (t.state == SCHEDULED or t.state == RETRY) and t.due > 0 and t.due <= now then
    take_from_delayed(t)
    if t.order == 0 then
      t.order = numbered(tonumber(ARGV[i + 1]), (#ARGV - 3) / 2)
    end
    make_ready(t)
    save(t)
    result[#result + 1] = change(t)
  else
    result[#result + 1] = ''
  end
end
flush()
return result
