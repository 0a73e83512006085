-- The vocabulary of every script: this text stands before each of them.
--
-- KEYS[1]  the base of the partition's keys, for example "qtasks:{3}:"
-- ARGV[1]  seconds to add to the server's clock
-- ARGV[2]  the number of the broker that calls
-- ARGV[3]  the prefix of the channels
-- The script's own arguments follow from ARGV[4].
--
-- A task is one string: a fixed head, the fixed body as it was submitted, and a log
-- that only grows. `keys.py` describes it. Changes of indexes and counters are gathered
-- and written by `flush`, which every script that writes calls last.

local SCHEDULED, NEW, PROCESS, RETRY, SUCCESS, ERROR, CANCEL = 0, 1, 2, 3, 4, 5, 6
local HEAD = '<BBBBBi2I4I4I4I8I4I4I4I4I4dddI4'
local HEAD_SIZE = 75
local SIZES = '<I2I2I2I2I2I4'
local SIZES_SIZE = 14
local STATE_CHANGED, GRANTED, CANCEL_ASKED, OUTCOME, ASKED, ANSWERED = 1, 2, 3, 4, 5, 6
local INPUTS = 7
local MANY = 4294967295
local PRIORITY_STEP = 1099511627776
local CHUNK = 1000
local HELD, FOLLOWED, GIVEN = 2, 4, 8
local CURSOR_STEP = 1048576

local base = KEYS[1]
local me = tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000 + tonumber(ARGV[1])

local lanes, added, removed, placed, emptied = {}, {}, {}, {}, {}
local delayed, counts, touched = {}, {}, {}
local turned = false

-- Reading ----------------------------------------------------------------------

-- One constructor with all fields: a table that grows costs more than all the rest.
local function decode(id, raw)
  local state, started, settled, marks, drops, priority, losses, max_losses, watcher,
    order, seq, attempt, lease, reported, session, due, expires, keep, mark =
    struct.unpack(HEAD, raw)
  return {
    id = id, raw = raw, log = '', lane = false, key = '', group = '', spec_size = 0,
    state = state, started = started, settled = settled, cancelling = marks % 2,
    held = marks % 4 >= HELD, followed = marks % 8 >= FOLLOWED, given = marks >= GIVEN,
    drops = drops, priority = priority, losses = losses, max_losses = max_losses,
    watcher = watcher, order = order, seq = seq, attempt = attempt, lease = lease,
    reported = reported, session = session, due = due, expires = expires, keep = keep,
    mark = mark,
  }
end

local function load(id)
  local raw = redis.call('GET', base .. 't:' .. id)
  if not raw then return nil end
  return decode(id, raw)
end

-- Only the head and the sizes: enough to see whether a lease stands.
local function load_head(id)
  local raw = redis.call('GETRANGE', base .. 't:' .. id, 0, HEAD_SIZE + SIZES_SIZE - 1)
  if raw == '' then return nil end
  return decode(id, raw)
end

local function the_lane(text, app, queue)
  local lane = lanes[text]
  if not lane then
    lane = {
      text = text, app = string.sub(text, 1, app), queue = string.sub(text, 1, queue),
      task = string.sub(text, queue + 2), app_size = app, queue_size = queue,
    }
    lanes[text] = lane
  end
  return lane
end

-- Fills in the names; needs the whole string.
local function name(t)
  if t.lane then return end
  local app, queue, lane, key, group, spec = struct.unpack(SIZES, t.raw, HEAD_SIZE + 1)
  local at = HEAD_SIZE + SIZES_SIZE
  t.lane = the_lane(string.sub(t.raw, at + 1, at + lane), app, queue)
  if key > 0 then t.key = string.sub(t.raw, at + lane + 1, at + lane + key) end
  if group > 0 then
    t.group = string.sub(t.raw, at + lane + key + 1, at + lane + key + group)
  end
  t.spec_size = spec
end

-- Where the log of a task begins.
local function log_start(t)
  return HEAD_SIZE + SIZES_SIZE + #t.lane.text + #t.key + #t.group + t.spec_size + 1
end

-- The entries of the log since the last grant.
local function entries(t)
  local found, at = {}, t.mark + 1
  while at <= #t.raw do
    local kind, size = struct.unpack('<BI4', t.raw, at)
    found[#found + 1] = { kind = kind, body = string.sub(t.raw, at + 5, at + 4 + size) }
    at = at + 5 + size
  end
  return found
end

-- The session that the last lease was granted to; needs the whole string.
local function holder(t)
  local size = struct.unpack('<I4', t.raw, t.mark + 2)
  local worker = struct.unpack('<I2', t.raw, t.mark + 22)
  return string.sub(t.raw, t.mark + 24 + worker, t.mark + 5 + size)
end

-- Whether a lease stands: the task runs under it, and for this session ('': for any).
local session_numbers = {}
local function is_held(t, lease, session)
  if t.state ~= PROCESS or t.lease ~= lease then return false end
  if session == '' then return true end
  local number = session_numbers[session]
  if not number then
    number = tonumber(redis.call('HGET', base .. 'live', session) or 0)
    session_numbers[session] = number
  end
  return t.session == number
end

local function asked_reason(t)
  for _, entry in ipairs(entries(t)) do
    if entry.kind == CANCEL_ASKED then return entry.body end
  end
  return ''
end

-- Writing ----------------------------------------------------------------------

local function encode_head(t)
  local marks = t.cancelling + (t.held and HELD or 0) + (t.followed and FOLLOWED or 0)
    + (t.given and GIVEN or 0)
  return struct.pack(HEAD, t.state, t.started, t.settled, marks, t.drops,
    t.priority, t.losses, t.max_losses, t.watcher, t.order, t.seq, t.attempt, t.lease,
    t.reported, t.session, t.due, t.expires, t.keep, t.mark)
end

local function store(t)
  t.raw = encode_head(t) .. string.sub(t.raw, HEAD_SIZE + 1) .. t.log
  t.log = ''
  redis.call('SET', base .. 't:' .. t.id, t.raw)
end

local function store_head(t)
  redis.call('SETRANGE', base .. 't:' .. t.id, 0, encode_head(t))
end

local function entry(kind, body)
  return struct.pack('<BI4', kind, #body) .. body
end

local function note(t, kind, body)
  t.log = t.log .. entry(kind, body)
end

local function list_of(into, key)
  local list = into[key]
  if not list then
    list = {}
    into[key] = list
  end
  return list
end

local function zadd(key, score, member)
  local list = list_of(added, key)
  list[#list + 1] = score
  list[#list + 1] = member
end

local function zrem(key, member)
  local list = list_of(removed, key)
  list[#list + 1] = member
end

local function count(t, what, by)
  name(t)
  local figures = list_of(counts, t.lane.queue)
  figures[what] = (figures[what] or 0) + by
end

local function tell(broker, id)
  local list = list_of(touched, broker)
  list[#list + 1] = id
end

-- Tells the other brokers that watch the task; `everyone` tells the caller's too.
local function touch(t, everyone)
  if t.watcher == 0 then return end
  if t.watcher ~= MANY then
    if everyone or t.watcher ~= me then tell(t.watcher, t.id) end
    return
  end
  for _, broker in ipairs(redis.call('SMEMBERS', base .. 'w:' .. t.id)) do
    if everyone or tonumber(broker) ~= me then
      tell(tonumber(broker), t.id)
    end
  end
end

-- Makes the caller a watcher until the task ends; says whether the head changed.
local function watch(t)
  if t.state >= SUCCESS or t.watcher == me then return false end
  if t.watcher == 0 then
    t.watcher = me
    return true
  end
  if t.watcher ~= MANY then
    redis.call('SADD', base .. 'w:' .. t.id, string.format('%.0f', t.watcher))
  end
  redis.call('SADD', base .. 'w:' .. t.id, string.format('%.0f', me))
  local changed = t.watcher ~= MANY
  t.watcher = MANY
  return changed
end

local function unwatch_all(t)
  if t.watcher == MANY then redis.call('DEL', base .. 'w:' .. t.id) end
  t.watcher = 0
end

-- Stores a task after a move, for whoever follows it.
local function save(t, everyone)
  touch(t, everyone)
  if t.state >= SUCCESS then unwatch_all(t) end
  store(t)
end

-- Adds the event of a bare change of state.
local function enter(t, state)
  t.state = state
  t.seq = t.seq + 1
  t.log = t.log
    .. struct.pack('<BI4I4dBI4', STATE_CHANGED, 17, t.seq, now, state, t.attempt)
end

-- Stores encoded events; the last of them has the number t.seq.
local function add_chunk(t, size, chunk)
  redis.call('XADD', base .. 'e:' .. t.id, string.format('%.0f-%.0f', t.seq, size),
    'c', struct.pack('<dI4', now, t.attempt) .. chunk)
end

local function add_to_lane(t)
  name(t)
  zadd('l:' .. t.lane.text, t.priority * PRIORITY_STEP + t.order, t.id)
  placed[t.lane] = true
end

local function take_from_lane(t)
  name(t)
  zrem('l:' .. t.lane.text, t.id)
  emptied[t.lane] = true
end

local function add_to_delayed(t)
  name(t)
  zadd('d:' .. t.lane.queue, t.due > 0 and t.due or 'inf', t.id)
  delayed[t.lane.queue] = true
end

local function take_from_delayed(t)
  name(t)
  zrem('d:' .. t.lane.queue, t.id)
  delayed[t.lane.queue] = true
end

-- Takes a waiting task out of the place it waits in.
local function take_from_wait(t)
  if t.state == NEW then take_from_lane(t) else take_from_delayed(t) end
  if t.expires > 0 then zrem('expiry', t.id) end
end

-- A task between two attempts has started; its expiry is history.
local function may_expire(t) return t.attempt == 0 and t.expires > 0 end

local function is_expired(t) return may_expire(t) and t.expires <= now end

local function make_ready(t)
  enter(t, NEW)
  t.due = 0
  add_to_lane(t)
  if may_expire(t) then zadd('expiry', t.expires, t.id) end
end

-- Makes the followers of a task that ended, or is no more, pending.
local function turn(t)
  if not t.followed then return end
  for _, follower in ipairs(redis.call('SMEMBERS', base .. 'f:' .. t.id)) do
    zadd('pending', now, follower)
  end
  redis.call('DEL', base .. 'f:' .. t.id)
  t.followed = false
  turned = true
end

-- Makes a held task pending, for its first turn since its last event.
local function add_pending(t, since)
  zadd('pending', since, string.format('%s %.0f', t.id, t.seq * CURSOR_STEP))
end

local ENDINGS = { [SUCCESS] = 'success', [ERROR] = 'error', [CANCEL] = 'cancel' }

local function finish(t, state, outcome)
  enter(t, state)
  if outcome ~= '' then note(t, OUTCOME, outcome) end
  t.cancelling = 0
  t.due = 0
  zadd('gc', now + t.keep, t.id)
  count(t, ENDINGS[state], 1)
  turn(t)
end

local function release(t)
  zrem('held', t.id)
  count(t, 'running', -1)
  t.session = 0
  t.started = 0
end

-- Forgets a task that is not running, with everything that points at it.
local function forget(t)
  name(t)
  touch(t)
  turn(t)
  if t.state < SUCCESS then take_from_wait(t) else zrem('gc', t.id) end
  zrem('all:' .. t.lane.app, t.id)
  if t.group ~= '' then zrem('g:' .. t.lane.app .. '\n' .. t.group, t.id) end
  if t.key ~= '' then
    local claim = base .. 'k:' .. t.lane.app .. '\n' .. t.key
    if redis.call('GET', claim) == t.id then redis.call('DEL', claim) end
  end
  redis.call('DEL', base .. 't:' .. t.id, base .. 'e:' .. t.id, base .. 'w:' .. t.id)
end

-- The next number of the order, when the caller did not bring one. They are taken a
-- script call at a time; `likely` says how many it may need.
local last_number, numbers_left = 0, 0
local function numbered(given, likely)
  if given > 0 then return given end
  if numbers_left == 0 then
    numbers_left = likely
    last_number = redis.call('INCRBY', base .. 'order', likely) - likely
  end
  numbers_left = numbers_left - 1
  last_number = last_number + 1
  return last_number
end

-- Calls a command that takes a list, in pieces that `unpack` can carry.
local function in_pieces(command, key, list)
  for from = 1, #list, CHUNK do
    redis.call(command, key, unpack(list, from, math.min(from + CHUNK - 1, #list)))
  end
end

local function flush()
  for key, list in pairs(removed) do in_pieces('ZREM', base .. key, list) end
  for key, list in pairs(added) do in_pieces('ZADD', base .. key, list) end
  for lane in pairs(emptied) do
    if redis.call('EXISTS', base .. 'l:' .. lane.text) == 0 then
      redis.call('SREM', base .. 'ls:' .. lane.queue, lane.task)
    end
  end
  for lane in pairs(placed) do
    redis.call('SADD', base .. 'ls:' .. lane.queue, lane.task)
  end
  for queue in pairs(delayed) do
    local head = redis.call('ZRANGE', base .. 'd:' .. queue, 0, 0, 'WITHSCORES')
    if head[2] then
      redis.call('ZADD', base .. 'delayed', head[2], queue)
    else
      redis.call('ZREM', base .. 'delayed', queue)
    end
  end
  for queue, figures in pairs(counts) do
    for what, by in pairs(figures) do
      redis.call('HINCRBY', base .. 'q:' .. queue, what, by)
    end
  end
  for broker, ids in pairs(touched) do
    redis.call('PUBLISH', ARGV[3] .. string.format('%.0f', broker),
      'T' .. table.concat(ids, '\n'))
  end
  if turned then redis.call('PUBLISH', ARGV[3] .. string.format('%.0f', me), 'P') end
end

-- Where a task went, for those who watch it or wait for work.
local function change(t)
  name(t)
  local lane = t.lane
  return struct.pack('<BI4I2I2I2', t.state, t.seq, lane.app_size, lane.queue_size,
    #lane.text) .. lane.text .. t.id
end
