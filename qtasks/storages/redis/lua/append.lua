-- Stores events that workers report under their leases.
--
-- ARGV[4]  how many events a task keeps
-- ARGV[5]  how many questions a lease keeps
-- ARGV     then for each report: id; lease, number of its first event, how many (packed);
--          the session; the ids of its questions (each a length and the text); the
--          encoded events
-- Result   for each: held, stored, reported, seq, time, attempt
local keep_events, keep_asks = tonumber(ARGV[4]), tonumber(ARGV[5])

-- The questions of the lease in order, the entries of their answers, and all others.
local function questions(t)
  local asked, answers, others = {}, {}, {}
  for _, each in ipairs(entries(t)) do
    if each.kind == ASKED then
      asked[#asked + 1] = each.body
    elseif each.kind == ANSWERED then
      local size = struct.unpack('<I2', each.body)
      answers[string.sub(each.body, 3, 2 + size)] = each.body
    else
      others[#others + 1] = entry(each.kind, each.body)
    end
  end
  return asked, answers, others
end

local function add_new(asked, packed)
  local known, at = {}, 1
  for _, ask in ipairs(asked) do known[ask] = true end
  while at <= #packed do
    local size = struct.unpack('<I2', packed, at)
    local ask = string.sub(packed, at + 2, at + 1 + size)
    if not known[ask] then asked[#asked + 1] = ask end
    known[ask] = true
    at = at + 2 + size
  end
end

-- The newest questions; of older ones, those that were answered go first.
local function newest(asked, answers)
  local surplus, gone, kept = #asked - keep_asks, {}, {}
  for _, answered in ipairs({ true, false }) do
    for _, ask in ipairs(asked) do
      if surplus > 0 and (answers[ask] ~= nil) == answered then
        gone[ask] = true
        surplus = surplus - 1
      end
    end
  end
  for _, ask in ipairs(asked) do
    if not gone[ask] then kept[#kept + 1] = ask end
  end
  return kept
end

-- Writes the log since the grant anew, with more questions.
local function open_asks(t, packed)
  local asked, answers, log = questions(t)
  add_new(asked, packed)
  for _, ask in ipairs(newest(asked, answers)) do
    log[#log + 1] = entry(ASKED, ask)
    if answers[ask] then log[#log + 1] = entry(ANSWERED, answers[ask]) end
  end
  t.raw = string.sub(t.raw, 1, t.mark) .. table.concat(log)
  store(t)
end

local function append(id, numbers, session, asks, chunk)
  local lease, first, size = struct.unpack('<I4I4I4', numbers)
  local t
  if asks == '' then t = load_head(id) else t = load(id) end
  if not t or not is_held(t, lease, session) then
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
    if asks == '' then store_head(t) else open_asks(t, asks) end
    touch(t)
  end
  return struct.pack('<BBI4I4dI4', 1, stored and 1 or 0, t.reported, t.seq, now, t.attempt)
end

local result = {}
for i = 6, #ARGV, 5 do
  result[#result + 1] = append(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
end
flush()
return result
