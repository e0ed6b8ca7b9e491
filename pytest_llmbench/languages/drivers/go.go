// Package llmbench serves calls of a Go answer; the format of a line is that of grading/wire.py.
//
// It reads and writes whatever types the answer's function has, by reflection.
package llmbench

import (
	"bufio"
	"io"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
)

type words struct{ rest string }

func (w *words) peek() byte {
	if w.rest == "" {
		return 'n'
	}
	return w.rest[0]
}

func (w *words) next() string {
	word, rest, _ := strings.Cut(w.rest, " ")
	w.rest = rest
	return word
}

func (w *words) count() int {
	count, _ := strconv.Atoi(w.next()[1:])
	return count
}

const digits = "0123456789abcdef"

func textOf(word string) string {
	text := make([]byte, 0, len(word)/2)
	for at := 1; at+1 < len(word); at += 2 {
		high, low := strings.IndexByte(digits, word[at]), strings.IndexByte(digits, word[at+1])
		text = append(text, byte(high<<4|low))
	}
	return string(text)
}

func wordOf(text string) string {
	word := make([]byte, 1, 2*len(text)+1)
	word[0] = 's'
	for at := 0; at < len(text); at++ {
		word = append(word, digits[text[at]>>4], digits[text[at]&15])
	}
	return string(word)
}

// read gives the next value as one of a type.
func read(in *words, kind reflect.Type) reflect.Value {
	value := reflect.New(kind).Elem()
	if in.peek() == 'n' {
		in.next()
		return value
	}
	switch kind.Kind() {
	case reflect.Bool:
		value.SetBool(in.next() == "t")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, err := strconv.ParseInt(in.next()[1:], 10, kind.Bits())
		check(err)
		value.SetInt(number)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		number, err := strconv.ParseUint(in.next()[1:], 10, kind.Bits())
		check(err)
		value.SetUint(number)
	case reflect.Float32, reflect.Float64:
		number, err := strconv.ParseFloat(in.next()[1:], 64)
		check(err)
		value.SetFloat(number)
	case reflect.String:
		value.SetString(textOf(in.next()))
	case reflect.Ptr:
		value.Set(reflect.New(kind.Elem()))
		value.Elem().Set(read(in, kind.Elem()))
	case reflect.Slice:
		count := in.count()
		value.Set(reflect.MakeSlice(kind, count, count))
		for at := 0; at < count; at++ {
			value.Index(at).Set(read(in, kind.Elem()))
		}
	case reflect.Map:
		isSet := in.peek() == 'h'
		value.Set(reflect.MakeMap(kind))
		for left := in.count(); left > 0; left-- {
			key := read(in, kind.Key())
			if isSet {
				value.SetMapIndex(key, present(kind.Elem()))
			} else {
				value.SetMapIndex(key, read(in, kind.Elem()))
			}
		}
	case reflect.Struct:
		in.next()
		for at := 0; at < kind.NumField(); at++ {
			value.Field(at).Set(read(in, kind.Field(at).Type))
		}
	default:
		panic("there is no argument of type " + kind.String())
	}
	return value
}

// present is what a map that stands for a set has for its members.
func present(kind reflect.Type) reflect.Value {
	value := reflect.New(kind).Elem()
	if kind.Kind() == reflect.Bool {
		value.SetBool(true)
	}
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func write(out *strings.Builder, value reflect.Value) {
	word := func(kind, rest string) { out.WriteString(" " + kind + rest) }
	switch value.Kind() {
	case reflect.Bool:
		if value.Bool() {
			word("t", "")
		} else {
			word("f", "")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		word("i", strconv.FormatInt(value.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		word("i", strconv.FormatUint(value.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		word("d", formatted(value.Float()))
	case reflect.String:
		word("", wordOf(value.String()))
	case reflect.Ptr, reflect.Interface:
		if value.IsNil() {
			word("n", "")
		} else {
			write(out, value.Elem())
		}
	case reflect.Slice, reflect.Array:
		word("l", strconv.Itoa(value.Len()))
		for at := 0; at < value.Len(); at++ {
			write(out, value.Index(at))
		}
	case reflect.Map:
		elem := value.Type().Elem()
		isSet := elem.Kind() == reflect.Struct && elem.NumField() == 0
		kind := "m"
		if isSet {
			kind = "h"
		}
		word(kind, strconv.Itoa(value.Len()))
		for entries := value.MapRange(); entries.Next(); {
			write(out, entries.Key())
			if !isSet {
				write(out, entries.Value())
			}
		}
	case reflect.Struct:
		word("p", strconv.Itoa(value.NumField()))
		for at := 0; at < value.NumField(); at++ {
			write(out, value.Field(at))
		}
	default:
		word("o", wordOf(value.Type().String())[1:]+" s")
	}
}

func formatted(number float64) string {
	switch {
	case math.IsNaN(number):
		return "nan"
	case math.IsInf(number, 1):
		return "inf"
	case math.IsInf(number, -1):
		return "-inf"
	}
	return strconv.FormatFloat(number, 'g', -1, 64)
}

func raised(cause interface{}) string {
	kind, message := "panic", ""
	switch cause := cause.(type) {
	case error:
		kind, message = reflect.TypeOf(cause).String(), cause.Error()
	case string:
		message = cause
	default:
		var shown strings.Builder
		write(&shown, reflect.ValueOf(&cause).Elem())
		message = shown.String()
	}
	if len(message) > 1000 {
		message = message[:1000]
	}
	return "e " + wordOf(kind) + " " + wordOf(message)
}

func answer(function reflect.Value, line string) (reply string) {
	defer func() {
		if cause := recover(); cause != nil {
			reply = raised(cause)
		}
	}()
	in := &words{line}
	in.next() // the function's name: there is only one
	given := in.count()
	kind := function.Type()
	if given != kind.NumIn() || kind.IsVariadic() {
		panic("the function has other parameters")
	}
	arguments := make([]reflect.Value, given)
	for at := range arguments {
		arguments[at] = read(in, kind.In(at))
	}
	returned := function.Call(arguments)
	// An error beside the value that was asked for is an error of the call.
	if last := len(returned) - 1; last > 0 {
		if err, ok := returned[last].Interface().(error); ok {
			return raised(err)
		}
		if kind.Out(last) == reflect.TypeOf((*error)(nil)).Elem() {
			returned = returned[:last]
		}
	}
	var out strings.Builder
	out.WriteString("v")
	switch len(returned) {
	case 0:
		out.WriteString(" n")
	case 1:
		write(&out, returned[0])
	default:
		out.WriteString(" p" + strconv.Itoa(len(returned)))
		for _, value := range returned {
			write(&out, value)
		}
	}
	return out.String()
}

// Serve answers calls of a function until there are no more, and ends the program.
func Serve(function interface{}) {
	calls, replies := bufio.NewReader(os.NewFile(3, "calls")), os.NewFile(4, "replies")
	say := func(reply string) {
		if _, err := io.WriteString(replies, reply+"\n"); err != nil {
			os.Exit(1)
		}
	}
	say("r")
	for {
		line, err := calls.ReadString('\n')
		if err != nil {
			os.Exit(0)
		}
		say(answer(reflect.ValueOf(function), strings.TrimSuffix(line, "\n")))
	}
}
