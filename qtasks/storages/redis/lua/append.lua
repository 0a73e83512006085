-- Stores events that workers report under their leases.
--
-- ARGV[4]  how many events a task keeps
-- ARGV     then for each report: id; lease, number of its first event, how many (packed);
--          the ids of its questions (each a length and the text); the encoded events
-- Result   for each: held, stored, reported, seq, time, attempt
local keep_events = tonumber(ARGV[4])

local function open_asks(t, asks)
  local at, log = 1, {}
  while at <= #asks do
    local size = struct.unpack('<I2', asks, at)
    log[#log + 1] = entry(ASKED, string.sub(asks, at + 2, at + 1 + size))
    at = at + 2 + size
  end
  redis.call('APPEND', base .. 't:' .. t.id, table.concat(log))
end

local function append(id, numbers, asks, chunk)
  local lease, first, size = struct.unpack('<I4I4I4', numbers)
  local t = load_head(id)
  if not t or t.state ~= PROCESS or t.lease ~= lease then
    return struct.pack('<BBI4I4dI4', 0, 0, 0, 0, now, 0)
  end
  local stored = first > t.reported and size > 0
  if stored then
    t.reported = first + size - 1
    t.seq = t.seq + size
    add_chunk(t, size, chunk)
    if t.seq > keep_events then
      redis.call('XTRIM', base .. 'e:' .. id, 'MINID',
        string.format('%.0f', t.seq - keep_events + 1))
    end
    store_head(t)
    if asks ~= '' then open_asks(t, asks) end
    touch(t)
  end
  return struct.pack('<BBI4I4dI4', 1, stored and 1 or 0, t.reported, t.seq, now, t.attempt)
end

local result = {}
for i = 5, #ARGV, 4 do
  result[#result + 1] = append(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3])
end
flush()
return result
