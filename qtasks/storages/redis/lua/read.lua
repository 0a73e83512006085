-- A task and a part of its events.
--
-- ARGV     [4] the id; the number to begin after; how many events at most
-- Result   nil, or the record, then number-and-count and body of each chunk; a chunk is
--          whole, and the last one is the first that reaches the limit
local PAGE = 64
local raw = redis.call('GET', base .. 't:' .. ARGV[4])
if not raw then return nil end

local result, events, limit = { raw }, 0, tonumber(ARGV[6])
local from = string.format('%.0f', tonumber(ARGV[5]) + 1)
while events < limit do
  local chunks = redis.call('XRANGE', base .. 'e:' .. ARGV[4], from, '+', 'COUNT', PAGE)
  for _, chunk in ipairs(chunks) do
    local seq, count = string.match(chunk[1], '^(%d+)-(%d+)$')
    result[#result + 1] = chunk[1]
    result[#result + 1] = chunk[2][2]
    events = events + tonumber(count)
    from = string.format('%.0f', tonumber(seq) + 1)
    if events >= limit then break end
  end
  if #chunks < PAGE then break end
end
return result
