-- Notes that attempts began to run.
--
-- ARGV     from [4] for each: id, lease, session
-- Result   for each: 1, or 0 where the lease is lost
local result = {}
for i = 4, #ARGV, 3 do
  local t = load_head(ARGV[i])
  local held = t and is_held(t, tonumber(ARGV[i + 1]), ARGV[i + 2])
  if held and t.started == 0 then
    t.started = 1
    store_head(t)
  end
  result[#result + 1] = held and 1 or 0
end
return result
