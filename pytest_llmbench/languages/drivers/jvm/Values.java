package llmbench;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.lang.reflect.WildcardType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Values as the words of grading/wire.py, for any language of the Java platform.
 *
 * <p>An argument becomes what the answer's own method declares: `int[]` or `List<Integer>` where
 * it says so, although its declaration was given as `List<Long>`. What it cannot be is a Mismatch.
 */
class Values {
    static final int MAX_DEPTH = 100;
    private static final int SHOWN = 200;
    private static final HexFormat HEX = HexFormat.of();

    static final class Mismatch extends RuntimeException {
        Mismatch(String message) {
            super(message);
        }
    }

    static final class Unsendable extends RuntimeException {
        Unsendable(String message) {
            super(message);
        }
    }

    /** The words of one line, read from left to right. */
    static final class Words {
        private final String[] words;
        private int at = 0;

        Words(String line) {
            words = line.split(" ");
        }

        String next() {
            return words[at++];
        }

        char kind() {
            return words[at].charAt(0);
        }

        String text() {
            return new String(HEX.parseHex(next().substring(1)), StandardCharsets.UTF_8);
        }

        int count() {
            return Integer.parseInt(next().substring(1));
        }

        void rewind(int place) {
            at = place;
        }

        int place() {
            return at;
        }
    }

    static String word(String text) {
        return "s" + HEX.formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    Object read(Words words, Type type) {
        Class<?> raw = rawClass(type);
        if (raw == Optional.class) {
            return Optional.ofNullable(read(words, argument(type, 0)));
        }
        switch (words.kind()) {
            case 'n':
                words.next();
                if (raw.isPrimitive()) {
                    throw new Mismatch("null is no " + raw);
                }
                return null;
            case 't':
            case 'f':
                return checked(words.next().equals("t"), raw, boolean.class);
            case 'i':
                return integer(new BigInteger(words.next().substring(1)), raw);
            case 'd':
                return real(words.next().substring(1), raw);
            case 's':
                return text(words.text(), raw);
            case 'm':
                return map(words, type, raw);
            default:
                return items(words, type, raw);
        }
    }

    private static Object checked(Object value, Class<?> raw, Class<?> primitive) {
        if (raw == primitive || raw.isInstance(value)) {
            return value;
        }
        throw new Mismatch(value.getClass().getSimpleName() + " is no " + raw.getSimpleName());
    }

    private static Object integer(BigInteger value, Class<?> raw) {
        try {
            if (raw == int.class || raw == Integer.class) {
                return value.intValueExact();
            } else if (raw == short.class || raw == Short.class) {
                return value.shortValueExact();
            } else if (raw == byte.class || raw == Byte.class) {
                return value.byteValueExact();
            } else if (raw == double.class || raw == Double.class) {
                return value.doubleValue();
            } else if (raw == float.class || raw == Float.class) {
                return value.floatValue();
            } else if (raw == BigInteger.class) {
                return value;
            } else if (raw == BigDecimal.class) {
                return new BigDecimal(value);
            }
            return checked(value.longValueExact(), raw, long.class);
        } catch (ArithmeticException error) {
            throw new Mismatch(value + " does not fit " + raw.getSimpleName());
        }
    }

    private static Object real(String digits, Class<?> raw) {
        double value;
        switch (digits) {
            case "nan":
                value = Double.NaN;
                break;
            case "inf":
                value = Double.POSITIVE_INFINITY;
                break;
            case "-inf":
                value = Double.NEGATIVE_INFINITY;
                break;
            default:
                value = Double.parseDouble(digits);
        }
        if (raw == float.class || raw == Float.class) {
            return (float) value;
        } else if (raw == BigDecimal.class) {
            return new BigDecimal(digits);
        }
        return checked(value, raw, double.class);
    }

    private static Object text(String value, Class<?> raw) {
        if ((raw == char.class || raw == Character.class) && value.length() == 1) {
            return value.charAt(0);
        } else if (raw == char[].class) {
            return value.toCharArray();
        }
        return checked(value, raw, String.class);
    }

    private Object map(Words words, Type type, Class<?> raw) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (int left = words.count(); left > 0; left--) {
            Object key = read(words, argument(type, 0));
            map.put(key, read(words, argument(type, 1)));
        }
        return mapOf(map, raw);
    }

    @SuppressWarnings("unchecked")
    Object mapOf(Map<Object, Object> map, Class<?> raw) {
        if (raw.isInstance(map)) {
            return map;
        } else if (raw.isAssignableFrom(TreeMap.class)) {
            return new TreeMap<>(map);
        }
        Map<Object, Object> made = (Map<Object, Object>) empty(raw, Map.class, "a map");
        made.putAll(map);
        return made;
    }

    private Object items(Words words, Type type, Class<?> raw) {
        boolean isSet = words.kind() == 'h';
        boolean isTuple = words.kind() == 'p';
        int count = words.count();
        if (type instanceof GenericArrayType || raw.isArray()) {
            return array(words, type, raw, count);
        }
        Constructor<?> constructor = raw.isPrimitive() || isGeneral(raw) ? null : tuple(raw, count);
        if (constructor != null) {
            return make(constructor, words, type);
        }
        List<Object> items = new ArrayList<>();
        for (int left = count; left > 0; left--) {
            boolean isEntry = raw == Map.Entry.class;
            items.add(read(words, argument(type, isEntry ? items.size() : 0)));
        }
        if (raw == Map.Entry.class && count == 2) {
            return new AbstractMap.SimpleEntry<>(items.get(0), items.get(1));
        }
        return itemsOf(items, raw, isSet, isTuple);
    }

    private Object array(Words words, Type type, Class<?> raw, int count) {
        Type item =
                type instanceof GenericArrayType array
                        ? array.getGenericComponentType()
                        : raw.getComponentType();
        Object array = Array.newInstance(rawClass(item), count);
        for (int index = 0; index < count; index++) {
            Array.set(array, index, read(words, item));
        }
        return array;
    }

    /** Whether a class is a collection, or may be one, so that it is not made from its parts. */
    boolean isGeneral(Class<?> raw) {
        return raw.isInterface() || raw == Object.class || Collection.class.isAssignableFrom(raw);
    }

    /** Find how to make a pair, a record or a data class from its parts. */
    private static Constructor<?> tuple(Class<?> raw, int count) {
        for (Constructor<?> constructor : raw.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == count && !constructor.isSynthetic()) {
                return constructor;
            }
        }
        return null;
    }

    private Object make(Constructor<?> constructor, Words words, Type type) {
        Type[] types = constructor.getGenericParameterTypes();
        Object[] parts = new Object[types.length];
        TypeVariable<?>[] variables = constructor.getDeclaringClass().getTypeParameters();
        for (int index = 0; index < parts.length; index++) {
            Type part = types[index];
            for (int number = 0; number < variables.length; number++) {
                if (variables[number].equals(part)) {
                    part = argument(type, number);
                }
            }
            parts[index] = read(words, part);
        }
        try {
            constructor.setAccessible(true);
            return constructor.newInstance(parts);
        } catch (ReflectiveOperationException | RuntimeException error) {
            throw new Mismatch("cannot make " + type + ": " + error);
        }
    }

    @SuppressWarnings("unchecked")
    Object itemsOf(List<Object> items, Class<?> raw, boolean isSet, boolean isTuple) {
        if (isSet && raw.isAssignableFrom(LinkedHashSet.class)) {
            return new LinkedHashSet<>(items);
        } else if (raw.isInstance(items)) {
            return items;
        } else if (raw.isAssignableFrom(LinkedList.class)) {
            return new LinkedList<>(items);
        } else if (raw.isAssignableFrom(ArrayDeque.class)) {
            return new ArrayDeque<>(items);
        } else if (raw.isAssignableFrom(LinkedHashSet.class)) {
            return new LinkedHashSet<>(items);
        } else if (raw.isAssignableFrom(TreeSet.class)) {
            return new TreeSet<>(items);
        }
        Collection<Object> made =
                (Collection<Object>) empty(raw, Collection.class, isSet ? "a set" : "a list");
        made.addAll(items);
        return made;
    }

    private static Object empty(Class<?> raw, Class<?> wanted, String what) {
        try {
            if (wanted.isAssignableFrom(raw)) {
                return raw.getConstructor().newInstance();
            }
        } catch (ReflectiveOperationException error) {
            // It is told below.
        }
        throw new Mismatch(what + " is no " + raw.getSimpleName());
    }

    static Class<?> rawClass(Type type) {
        if (type instanceof Class<?> raw) {
            return raw;
        } else if (type instanceof ParameterizedType parameterized) {
            return (Class<?>) parameterized.getRawType();
        } else if (type instanceof GenericArrayType array) {
            return Array.newInstance(rawClass(array.getGenericComponentType()), 0).getClass();
        } else if (type instanceof WildcardType wildcard) {
            Type[] lower = wildcard.getLowerBounds();
            return rawClass(lower.length > 0 ? lower[0] : wildcard.getUpperBounds()[0]);
        }
        return rawClass(((TypeVariable<?>) type).getBounds()[0]);
    }

    /** Give what a generic type was made of; anything goes where it does not say. */
    static Type argument(Type type, int number) {
        if (type instanceof WildcardType wildcard) {
            Type[] lower = wildcard.getLowerBounds();
            return argument(lower.length > 0 ? lower[0] : wildcard.getUpperBounds()[0], number);
        }
        if (type instanceof ParameterizedType parameterized) {
            Type[] arguments = parameterized.getActualTypeArguments();
            return number < arguments.length ? arguments[number] : Object.class;
        }
        return Object.class;
    }

    void write(Object given, StringBuilder out, int depth) {
        if (depth > MAX_DEPTH) {
            throw new Unsendable("nested deeper than " + MAX_DEPTH + " levels");
        }
        Object value = plain(given);
        if (value == null) {
            out.append(" n");
        } else if (value instanceof Boolean flag) {
            out.append(flag ? " t" : " f");
        } else if (value instanceof Double || value instanceof Float) {
            out.append(" d").append(digits((Number) value));
        } else if (isInteger(value)) {
            out.append(" i").append(value);
        } else if (value instanceof CharSequence || value instanceof Character) {
            out.append(' ').append(word(value.toString()));
        } else if (value instanceof Map<?, ?> map) {
            out.append(" m").append(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                write(entry.getKey(), out, depth + 1);
                write(entry.getValue(), out, depth + 1);
            }
        } else if (value instanceof Collection<?> items) {
            out.append(value instanceof Set ? " h" : " l").append(items.size());
            for (Object item : items) {
                write(item, out, depth + 1);
            }
        } else if (value.getClass().isArray()) {
            int length = Array.getLength(value);
            out.append(" l").append(length);
            for (int index = 0; index < length; index++) {
                write(Array.get(value, index), out, depth + 1);
            }
        } else {
            writeOther(value, out, depth);
        }
    }

    private void writeOther(Object value, StringBuilder out, int depth) {
        List<Object> parts = parts(value);
        if (parts == null) {
            String text = String.valueOf(value);
            out.append(" o").append(word(value.getClass().getTypeName()).substring(1));
            out.append(' ').append(word(text.substring(0, Math.min(SHOWN, text.length()))));
            return;
        }
        out.append(" p").append(parts.size());
        for (Object part : parts) {
            write(part, out, depth + 1);
        }
    }

    private static boolean isInteger(Object value) {
        return value instanceof Long
                || value instanceof Integer
                || value instanceof BigInteger
                || value instanceof Short
                || value instanceof Byte;
    }

    private static String digits(Number value) {
        double number = value.doubleValue();
        if (Double.isNaN(number)) {
            return "nan";
        } else if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        return value.toString();
    }

    /** Turn what a language has of its own into what Java has. */
    Object plain(Object value) {
        if (value instanceof Optional<?> optional) {
            return optional.orElse(null);
        } else if (value instanceof OptionalInt optional) {
            return optional.isPresent() ? optional.getAsInt() : null;
        } else if (value instanceof OptionalLong optional) {
            return optional.isPresent() ? optional.getAsLong() : null;
        } else if (value instanceof OptionalDouble optional) {
            return optional.isPresent() ? optional.getAsDouble() : null;
        } else if (value != null && value.getClass().getName().equals("kotlin.Unit")) {
            return null;
        }
        return value;
    }

    /** Take a pair, a record or a data class of Kotlin apart; null for anything else. */
    List<Object> parts(Object value) {
        List<Object> parts = new ArrayList<>();
        if (value instanceof Map.Entry<?, ?> entry) {
            parts.add(entry.getKey());
            parts.add(entry.getValue());
            return parts;
        }
        try {
            for (Method accessor : accessors(value.getClass())) {
                accessor.setAccessible(true);
                parts.add(accessor.invoke(value));
            }
        } catch (ReflectiveOperationException error) {
            return null;
        }
        return parts.isEmpty() ? null : parts;
    }

    private static List<Method> accessors(Class<?> type) {
        List<Method> accessors = new ArrayList<>();
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                accessors.add(component.getAccessor());
            }
            return accessors;
        }
        try {
            for (int number = 1; ; number++) {
                accessors.add(type.getMethod("component".concat(Integer.toString(number))));
            }
        } catch (NoSuchMethodException error) {
            return accessors;
        }
    }
}
