package qtasks

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/protobuf/proto"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

const maxLine = 64 << 10

// Logger sends what is logged to everyone who watches the task.
func (t *Task) Logger() *slog.Logger { return slog.New(&lineHandler{task: t}) }

// lineHandler makes log lines of a task from records.
type lineHandler struct {
	task   *Task
	prefix string
	fields map[string]string
}

func (h *lineHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *lineHandler) Handle(_ context.Context, record slog.Record) error {
	with := h.with(func(add func(slog.Attr)) {
		record.Attrs(func(attr slog.Attr) bool { add(attr); return true })
	})
	line := &qtasksv1.LogLine{
		Level: levelOf(record.Level), Message: clean(record.Message, maxLine),
		Logger: h.task.Name(), Fields: with.fields,
	}
	if proto.Size(line) > maxEvent {
		line.Fields = map[string]string{"left_out": "the fields, which are too large"}
	}
	return h.task.say(&Event{Event: &qtasksv1.TaskEvent_Log{Log: line}})
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func(add func(slog.Attr)) {
		for _, attr := range attrs {
			add(attr)
		}
	})
}

func (h *lineHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	inner := *h
	inner.prefix += name + "."
	return &inner
}

// with is the handler with more fields.
func (h *lineHandler) with(each func(add func(slog.Attr))) *lineHandler {
	more := *h
	more.fields = make(map[string]string, len(h.fields))
	for key, value := range h.fields {
		more.fields[key] = value
	}
	each(func(attr slog.Attr) { more.add(h.prefix, attr) })
	return &more
}

func (h *lineHandler) add(prefix string, attr slog.Attr) {
	value := attr.Value.Resolve()
	if value.Kind() != slog.KindGroup {
		if attr.Key != "" {
			h.fields[clean(prefix+attr.Key, maxMessage)] = clean(fmt.Sprint(value.Any()), maxMessage)
		}
		return
	}
	if attr.Key != "" {
		prefix += attr.Key + "."
	}
	for _, inner := range value.Group() {
		h.add(prefix, inner)
	}
}

func levelOf(level slog.Level) qtasksv1.LogLevel {
	switch {
	case level >= slog.LevelError:
		return qtasksv1.LogLevel_LOG_LEVEL_ERROR
	case level >= slog.LevelWarn:
		return qtasksv1.LogLevel_LOG_LEVEL_WARNING
	case level >= slog.LevelInfo:
		return qtasksv1.LogLevel_LOG_LEVEL_INFO
	default:
		return qtasksv1.LogLevel_LOG_LEVEL_DEBUG
	}
}
