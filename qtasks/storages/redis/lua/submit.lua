-- Stores new tasks.
--
-- ARGV[4]  "1" when this partition holds the idempotency keys of its own tasks
-- ARGV     then for each task: its id; its numbers (order or 0, priority, start, delay,
--          expires, keep, max_losses, watched); its body
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
  local log = HEAD_SIZE + SIZES_SIZE + #t.lane + #t.key + #t.group + t.spec_size
  local created = select(2, struct.unpack('<I4d', t.raw, log + 6))
  return answer(fate, t, created)
end

-- The task that the idempotency key names; takes the key when it names none.
local function known_by_key(t)
  local claim = base .. 'k:' .. t.app .. '\n' .. t.key
  local id = redis.call('GET', claim)
  local found = id and load(id)
  if not found then redis.call('SET', claim, t.id) end
  return found
end

local function first_state(t, start, delay)
  if start > now then
    t.due = start
  elseif start == 0 and delay > 0 then
    t.due = now + delay
  end
  return t.due > 0 and SCHEDULED or NEW
end

local function create(t, number, start, delay)
  local state = first_state(t, start, delay)
  enter(t, state)
  count(t, 'submitted', 1)
  if is_expired(t) then
    finish(t, CANCEL, 'expired')
  else
    if state == NEW then
      t.order = number
      add_to_lane(t)
    else
      add_to_delayed(t)
    end
    if may_expire(t) then zadd('expiry', t.expires, t.id) end
  end
  zadd('all:' .. t.app, number, t.id)
  if t.group ~= '' then zadd('g:' .. t.app .. '\n' .. t.group, number, t.id) end
  redis.call('SADD', base .. 'qs:' .. t.app, t.queue)
end

local function submit(id, numbers, body)
  local number, priority, start, delay, expires, keep, max_losses, watched =
    struct.unpack('<I8i2ddddI4B', numbers)
  local old = load(id)
  if old then
    local same = string.sub(old.raw, HEAD_SIZE + 1, HEAD_SIZE + #body) == body
    return answer_known(same and EXISTING or CONFLICT, old, watched)
  end
  local t = {
    id = id, raw = string.rep('\0', HEAD_SIZE) .. body, log = {}, state = NEW,
    started = 0, settled = 0, cancelling = 0, drops = 0, priority = priority, losses = 0,
    max_losses = max_losses, watcher = 0, order = 0, seq = 0, attempt = 0, lease = 0,
    reported = 0, session = 0, due = 0, expires = expires, keep = keep,
    mark = HEAD_SIZE + #body,
  }
  name(t)
  if t.key ~= '' then
    if own_keys then
      local found = known_by_key(t)
      if found then return answer_known(EXISTING, found, watched) end
    elseif redis.call('EXISTS', base .. 'v:' .. id) == 1 then
      return answer(VOIDED, t, now)
    end
  end
  create(t, numbered(number), start, delay)
  if watched == 1 then watch(t) end
  store(t)
  return answer(CREATED, t, now)
end

local result = {}
for i = 5, #ARGV, 3 do result[#result + 1] = submit(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
flush()
return result
