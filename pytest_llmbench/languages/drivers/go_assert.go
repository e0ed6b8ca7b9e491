// Package assert has what public benchmarks use of github.com/stretchr/testify/assert.
package assert

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// TestingT is what a failure is told to.
type TestingT interface {
	Errorf(format string, args ...interface{})
	Helper()
}

func fail(t TestingT, said string, more []interface{}) bool {
	t.Helper()
	if len(more) > 0 {
		said += "\n\tMessages: " + fmt.Sprint(more...)
	}
	t.Errorf("\n\tError: %s", said)
	return false
}

// ObjectsAreEqual compares bytes as bytes and all else deeply, types included.
func ObjectsAreEqual(expected, actual interface{}) bool {
	if a, ok := expected.([]byte); ok && a != nil {
		b, ok := actual.([]byte)
		return ok && b != nil && bytes.Equal(a, b)
	}
	return reflect.DeepEqual(expected, actual)
}

func converted(expected, actual interface{}) bool {
	if ObjectsAreEqual(expected, actual) {
		return true
	}
	from, to := reflect.ValueOf(expected), reflect.ValueOf(actual)
	if !from.IsValid() || !to.IsValid() || !from.Type().ConvertibleTo(to.Type()) {
		return false
	}
	return reflect.DeepEqual(from.Convert(to.Type()).Interface(), actual)
}

func isNil(value interface{}) bool {
	if value == nil {
		return true
	}
	switch of := reflect.ValueOf(value); of.Kind() {
	case reflect.Chan, reflect.Func, reflect.Interface, reflect.Map, reflect.Ptr, reflect.Slice:
		return of.IsNil()
	}
	return false
}

func isEmpty(value interface{}) bool {
	if value == nil {
		return true
	}
	switch of := reflect.ValueOf(value); of.Kind() {
	case reflect.Chan, reflect.Map, reflect.Slice:
		return of.Len() == 0
	case reflect.Ptr:
		return of.IsNil() || isEmpty(of.Elem().Interface())
	default:
		return of.IsZero()
	}
}

func number(value interface{}) (float64, bool) {
	switch of := reflect.ValueOf(value); of.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(of.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return float64(of.Uint()), true
	case reflect.Float32, reflect.Float64:
		return of.Float(), true
	}
	return 0, false
}

func contains(container, wanted interface{}) bool {
	of := reflect.ValueOf(container)
	switch of.Kind() {
	case reflect.String:
		text, ok := wanted.(string)
		return ok && strings.Contains(of.String(), text)
	case reflect.Map:
		for _, key := range of.MapKeys() {
			if ObjectsAreEqual(key.Interface(), wanted) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for at := 0; at < of.Len(); at++ {
			if ObjectsAreEqual(of.Index(at).Interface(), wanted) {
				return true
			}
		}
	}
	return false
}

func sameElements(a, b interface{}) bool {
	one, other := reflect.ValueOf(a), reflect.ValueOf(b)
	if isEmpty(a) && isEmpty(b) {
		return true
	}
	if one.Kind() != reflect.Slice || other.Kind() != reflect.Slice || one.Len() != other.Len() {
		return false
	}
	used := make([]bool, other.Len())
next:
	for at := 0; at < one.Len(); at++ {
		for place := range used {
			if !used[place] &&
				ObjectsAreEqual(one.Index(at).Interface(), other.Index(place).Interface()) {
				used[place] = true
				continue next
			}
		}
		return false
	}
	return true
}

func shown(expected, actual interface{}) string {
	return fmt.Sprintf("Not equal: \n\texpected: %#v\n\tactual  : %#v", expected, actual)
}

func Equal(t TestingT, expected, actual interface{}, more ...interface{}) bool {
	t.Helper()
	return ObjectsAreEqual(expected, actual) || fail(t, shown(expected, actual), more)
}

func NotEqual(t TestingT, expected, actual interface{}, more ...interface{}) bool {
	t.Helper()
	return !ObjectsAreEqual(expected, actual) ||
		fail(t, fmt.Sprintf("Should not be: %#v", actual), more)
}

func EqualValues(t TestingT, expected, actual interface{}, more ...interface{}) bool {
	t.Helper()
	return converted(expected, actual) || fail(t, shown(expected, actual), more)
}

func True(t TestingT, value bool, more ...interface{}) bool {
	t.Helper()
	return value || fail(t, "Should be true", more)
}

func False(t TestingT, value bool, more ...interface{}) bool {
	t.Helper()
	return !value || fail(t, "Should be false", more)
}

func Nil(t TestingT, value interface{}, more ...interface{}) bool {
	t.Helper()
	return isNil(value) || fail(t, fmt.Sprintf("Expected nil, but got: %#v", value), more)
}

func NotNil(t TestingT, value interface{}, more ...interface{}) bool {
	t.Helper()
	return !isNil(value) || fail(t, "Expected value not to be nil.", more)
}

func Empty(t TestingT, value interface{}, more ...interface{}) bool {
	t.Helper()
	return isEmpty(value) || fail(t, fmt.Sprintf("Should be empty, but was %v", value), more)
}

func Len(t TestingT, value interface{}, length int, more ...interface{}) bool {
	t.Helper()
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		if of.Len() == length {
			return true
		}
	}
	return fail(t, fmt.Sprintf("%#v should have %d item(s)", value, length), more)
}

func Contains(t TestingT, container, wanted interface{}, more ...interface{}) bool {
	t.Helper()
	return contains(container, wanted) ||
		fail(t, fmt.Sprintf("%#v does not contain %#v", container, wanted), more)
}

func ElementsMatch(t TestingT, a, b interface{}, more ...interface{}) bool {
	t.Helper()
	return sameElements(a, b) || fail(t, shown(a, b), more)
}

func InDelta(t TestingT, expected, actual interface{}, delta float64, more ...interface{}) bool {
	t.Helper()
	a, ok := number(expected)
	b, isNumber := number(actual)
	if ok && isNumber && (math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= delta) {
		return true
	}
	return fail(t, fmt.Sprintf("Max difference between %v and %v allowed is %v", a, b, delta), more)
}

func NoError(t TestingT, err error, more ...interface{}) bool {
	t.Helper()
	return err == nil || fail(t, fmt.Sprintf("Received unexpected error: %v", err), more)
}

func Error(t TestingT, err error, more ...interface{}) bool {
	t.Helper()
	return err != nil || fail(t, "An error is expected but got nil.", more)
}

func Panics(t TestingT, function func(), more ...interface{}) (panicked bool) {
	t.Helper()
	defer func() {
		if panicked = recover() != nil; !panicked {
			fail(t, "func should panic", more)
		}
	}()
	function()
	return false
}

// Assertions are the functions above for one test.
type Assertions struct{ t TestingT }

func New(t TestingT) *Assertions { return &Assertions{t} }

func (own *Assertions) Equal(expected, actual interface{}, more ...interface{}) bool {
	own.t.Helper()
	return Equal(own.t, expected, actual, more...)
}

func (own *Assertions) NotEqual(expected, actual interface{}, more ...interface{}) bool {
	own.t.Helper()
	return NotEqual(own.t, expected, actual, more...)
}

func (own *Assertions) EqualValues(expected, actual interface{}, more ...interface{}) bool {
	own.t.Helper()
	return EqualValues(own.t, expected, actual, more...)
}

func (own *Assertions) True(value bool, more ...interface{}) bool {
	own.t.Helper()
	return True(own.t, value, more...)
}

func (own *Assertions) False(value bool, more ...interface{}) bool {
	own.t.Helper()
	return False(own.t, value, more...)
}

func (own *Assertions) Nil(value interface{}, more ...interface{}) bool {
	own.t.Helper()
	return Nil(own.t, value, more...)
}

func (own *Assertions) NotNil(value interface{}, more ...interface{}) bool {
	own.t.Helper()
	return NotNil(own.t, value, more...)
}

func (own *Assertions) Empty(value interface{}, more ...interface{}) bool {
	own.t.Helper()
	return Empty(own.t, value, more...)
}

func (own *Assertions) Len(value interface{}, length int, more ...interface{}) bool {
	own.t.Helper()
	return Len(own.t, value, length, more...)
}

func (own *Assertions) Contains(container, wanted interface{}, more ...interface{}) bool {
	own.t.Helper()
	return Contains(own.t, container, wanted, more...)
}

func (own *Assertions) ElementsMatch(a, b interface{}, more ...interface{}) bool {
	own.t.Helper()
	return ElementsMatch(own.t, a, b, more...)
}

func (own *Assertions) InDelta(expected, actual interface{}, delta float64, more ...interface{}) bool {
	own.t.Helper()
	return InDelta(own.t, expected, actual, delta, more...)
}

func (own *Assertions) NoError(err error, more ...interface{}) bool {
	own.t.Helper()
	return NoError(own.t, err, more...)
}

func (own *Assertions) Error(err error, more ...interface{}) bool {
	own.t.Helper()
	return Error(own.t, err, more...)
}

func (own *Assertions) Panics(function func(), more ...interface{}) bool {
	own.t.Helper()
	return Panics(own.t, function, more...)
}
