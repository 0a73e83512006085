package qtasks

import (
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
	"slices"
	"time"
)

// schema is a JSON Schema (2020-12).
type schema map[string]any

func (s schema) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts, lists and maps of them
	}
	return string(text)
}

// objectSchema is that of an object with these properties and no others.
func objectSchema(fields []parameter, within ...reflect.Type) schema {
	properties, required := schema{}, []string{}
	for _, field := range fields {
		properties[field.name] = schemaOf(field.of, within)
		if !field.optional {
			required = append(required, field.name)
		}
	}
	return schema{
		"type": "object", "properties": properties, "required": required,
		"additionalProperties": false,
	}
}

// schemaOf is that of what encoding/json makes of a type; an empty one, which admits
// anything, where the type alone does not say.
func schemaOf(of reflect.Type, within []reflect.Type) schema {
	switch of {
	case reflect.TypeFor[big.Int]():
		return schema{"type": "integer"}
	case reflect.TypeFor[time.Time]():
		return schema{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.Number]():
		return schema{"type": "number"}
	}
	if of.Kind() == reflect.Pointer {
		return schemaOf(of.Elem(), within)
	}
	pointer := reflect.PointerTo(of)
	if pointer.Implements(reflect.TypeFor[json.Marshaler]()) || slices.Contains(within, of) {
		return schema{}
	}
	if pointer.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return schema{"type": "string"}
	}
	switch of.Kind() {
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return schema{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return schema{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return schema{"type": "number"}
	case reflect.String:
		return schema{"type": "string"}
	case reflect.Slice, reflect.Array:
		if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Uint8 {
			return schema{"type": "string", "contentEncoding": "base64"}
		}
		return schema{"type": "array", "items": schemaOf(of.Elem(), within)}
	case reflect.Map:
		return schema{
			"type": "object", "additionalProperties": schemaOf(of.Elem(), within),
		}
	case reflect.Struct:
		return structSchema(of, within)
	default:
		return schema{}
	}
}

func structSchema(of reflect.Type, within []reflect.Type) schema {
	for place := range of.NumField() {
		if of.Field(place).Anonymous { // its fields are mixed with others by rules of their own
			return schema{"type": "object"}
		}
	}
	return objectSchema(fieldsOf(of), append(slices.Clone(within), of)...)
}
