-- Whose turn has come.
--
-- ARGV     [4] how many at most
-- Result   since when (packed), child and cursor (as one text), again and again
local result = {}
local found = redis.call('ZRANGEBYSCORE', base .. 'pending', '-inf', now, 'WITHSCORES',
  'LIMIT', 0, tonumber(ARGV[4]))
for i = 1, #found, 2 do
  result[#result + 1] = struct.pack('<d', tonumber(found[i + 1]))
  result[#result + 1] = found[i]
end
return result
