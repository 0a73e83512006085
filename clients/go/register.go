package qtasks

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/qtasks/qtasks/clients/go/qtasksv1"
)

// Register serves a task whose parameters are the exported fields of a struct, by their
// JSON names and in their order: callers give them by place or by name. Those with
// `omitempty` or `omitzero` may be left out. What does not fit rejects the task before it
// is called. The broker is told of the parameters and their JSON Schema.
//
//	type Resize struct {
//		Width   int `json:"width"`
//		Quality int `json:"quality,omitempty"`
//	}
//
//	qtasks.Register(worker, "resize", func(ctx context.Context, in Resize) (string, error) {
//		task := qtasks.Current(ctx) // to yield, ask, log
//		...
//	})
func Register[In, Out any](
	w *Worker, name string, call func(context.Context, In) (Out, error), opts ...TaskOption,
) {
	parameters := parametersOf(reflect.TypeFor[In]())
	describe := func(info *qtasksv1.TaskInfo) {
		for _, one := range parameters {
			info.Parameters = append(info.Parameters, &qtasksv1.ParameterInfo{
				Name: one.name, Type: one.of.String(), Optional: one.optional, Kind: "any",
			})
		}
		info.JsonSchema = objectSchema(parameters).String()
		info.ResultSchema = schemaOf(reflect.TypeFor[Out](), nil).String()
	}
	handler := func(ctx context.Context, task *Task) (any, error) {
		var in In
		if err := bind(task, parameters, reflect.ValueOf(&in).Elem()); err != nil {
			return nil, err
		}
		return call(ctx, in)
	}
	w.Handle(name, handler, append([]TaskOption{describe}, opts...)...)
}

// parameter is a field that a caller gives.
type parameter struct {
	name     string
	place    int
	of       reflect.Type
	optional bool
}

func parametersOf(of reflect.Type) []parameter {
	if of.Kind() != reflect.Struct {
		panic(fmt.Sprintf("qtasks: the parameters of a task are a struct, not %s", of))
	}
	return fieldsOf(of)
}

// fieldsOf is the fields that travel as JSON.
func fieldsOf(of reflect.Type) []parameter {
	var fields []parameter
	for place := range of.NumField() {
		field := of.Field(place)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		fields = append(fields, parameter{
			name: name, place: place, of: field.Type,
			optional: strings.Contains(options, "omitempty") ||
				strings.Contains(options, "omitzero"),
		})
	}
	return fields
}

// bind gives the fields of a struct what the caller gave.
func bind(task *Task, parameters []parameter, target reflect.Value) error {
	given, err := task.Kwargs()
	if err != nil {
		return err
	}
	args, err := task.Args()
	if err != nil {
		return err
	}
	if len(args) > len(parameters) {
		return reject("args", "the task takes %d arguments, not %d", len(parameters), len(args))
	}
	taken := 0
	for place, one := range parameters {
		text, named := given[one.name]
		switch {
		case named && place < len(args):
			return reject(one.name, "%s is given twice", one.name)
		case named:
			taken++
		case place < len(args):
			text = args[place]
		case one.optional:
			continue
		default:
			return reject(one.name, "%s is missing", one.name)
		}
		if err := decodeJSON(text, target.Field(one.place).Addr().Interface()); err != nil {
			return reject(one.name, "%s does not fit: %v", one.name, err)
		}
	}
	if taken < len(given) {
		return unexpected(given, parameters)
	}
	return nil
}

func unexpected(given map[string]json.RawMessage, parameters []parameter) error {
	known := map[string]bool{}
	for _, one := range parameters {
		known[one.name] = true
	}
	for name := range given {
		if !known[name] {
			return reject(name, "the task takes no %q", name)
		}
	}
	return nil
}
