-- Stores new tasks.
--
-- ARGV[4]  "1" when this partition holds the idempotency keys of its own tasks
-- ARGV[5]  seconds before others look at a new held task
-- ARGV     then for each task: its id; its numbers (order or 0, priority, start, delay,
--          expires, keep, max_losses, 1 if watched + 2 if held); its body
-- Result   for each: fate (0 created, 1 existing, 2 conflict, 3 voided), state, seq,
--          creation time, due, id
local CREATED, EXISTING, CONFLICT, VOIDED = 0, 1, 2, 3
local own_keys = ARGV[4] == '1'

local function answer(fate, t, created)
  return struct.pack('<BBI4dd', fate, t.state, t.seq, created, t.due) .. t.id
end

-- Answers with a task that is stored already, and follows it if that was asked for.
local function answer_known(fate, t, watched)
  name(t)
  if watched == 1 and fate == EXISTING and watch(t) then store_head(t) end
  local created = select(2, struct.unpack('<I4d', t.raw, log_start(t) + 5))
  return answer(fate, t, created)
end

-- The task that the idempotency key names; takes the key when it names none.
local function known_by_key(t)
  local claim = base .. 'k:' .. t.lane.app .. '\n' .. t.key
  local id = redis.call('GET', claim)
  local found = id and load(id)
  if not found then redis.call('SET', claim, t.id) end
  return found
end

local function due_time(start, delay)
  if start > now then return start end
  return start == 0 and delay > 0 and now + delay or 0
end

-- The task as it begins its life, and ends it at once if it is too late.
local function make(id, body, number, priority, due, expires, keep, max_losses, held)
  local t = {
    id = id, raw = body, log = '', lane = false, key = '', group = '', spec_size = 0,
    state = NEW, started = 0, settled = 0, cancelling = 0,
    held = held, followed = false, given = false, drops = 0, priority = priority,
    losses = 0, max_losses = max_losses, watcher = 0, order = 0, seq = 0, attempt = 0,
    lease = 0, reported = 0, session = 0, due = due, expires = expires, keep = keep,
    mark = HEAD_SIZE + #body,
  }
  enter(t, (held or due > 0) and SCHEDULED or NEW)
  if t.state == NEW then t.order = number end
  return t
end

local function place(t)
  if is_expired(t) then
    finish(t, CANCEL, 'expired')
    store(t)
  elseif t.state == NEW then
    add_to_lane(t)
  else
    add_to_delayed(t)
  end
  if t.held and t.state == SCHEDULED then add_pending(t, now + tonumber(ARGV[5])) end
  if may_expire(t) and t.state < SUCCESS then zadd('expiry', t.expires, t.id) end
end

local function submit(id, numbers, body)
  local number, priority, start, delay, expires, keep, max_losses, marks =
    struct.unpack('<I8i2ddddI4B', numbers)
  number = numbered(number, (#ARGV - 5) / 3)
  local watched, held = marks % 2, marks >= 2
  local due = held and 0 or due_time(start, delay)
  local t = make(id, body, number, priority, due, expires, keep, max_losses, held)
  if watched == 1 and not is_expired(t) then t.watcher = me end
  t.raw = encode_head(t) .. body .. t.log
  t.log = ''
  name(t)
  if t.key ~= '' then
    local known = redis.call('EXISTS', base .. 't:' .. id) == 1
    local found = own_keys and not known and known_by_key(t)
    if found then return answer_known(EXISTING, found, watched) end
    local voided = not own_keys and redis.call('EXISTS', base .. 'v:' .. id) == 1
    if voided and not known then return answer(VOIDED, t, now) end
  end
  if not redis.call('SET', base .. 't:' .. id, t.raw, 'NX') then
    local old = load(id)
    local same = string.sub(old.raw, HEAD_SIZE + 1, HEAD_SIZE + #body) == body
    return answer_known(same and EXISTING or CONFLICT, old, watched)
  end
  place(t)
  count(t, 'submitted', 1)
  zadd('all:' .. t.lane.app, number, id)
  if t.group ~= '' then zadd('g:' .. t.lane.app .. '\n' .. t.group, number, id) end
  return answer(CREATED, t, now)
end

local result = {}
for i = 6, #ARGV, 3 do result[#result + 1] = submit(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
for _, lane in pairs(lanes) do redis.call('SADD', base .. 'qs:' .. lane.app, lane.queue) end
flush()
return result
