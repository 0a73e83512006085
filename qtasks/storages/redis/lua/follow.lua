-- Lets held tasks wait for the end of others.
--
-- ARGV     [4] the parent; child and cursor, as one text; again and again
-- Result   for each 1, or 0 when the parent has ended or is not there
local result = {}
for i = 4, #ARGV, 2 do
  local t = load_head(ARGV[i])
  if t and t.state < SUCCESS then
    redis.call('SADD', base .. 'f:' .. t.id, ARGV[i + 1])
    if not t.followed then
      t.followed = true
      store_head(t)
    end
    result[#result + 1] = 1
  else
    result[#result + 1] = 0
  end
end
return result
