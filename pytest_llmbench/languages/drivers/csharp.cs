// Serve calls of a C# answer; the format of a line is that of grading/wire.py.
//
// Compiled once, without the answer: it finds the answer's methods by their names, and makes of
// arguments what they declare. Nothing newer than C# 7, which is what Mono's compiler knows; and
// no LINQ and no large integers where each call comes by, because starting those takes as long
// as all else.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Numerics;
using System.Reflection;
using System.Text;
using System.Threading;

namespace LLMBench
{
    class Mismatch : Exception
    {
        public Mismatch(string message) : base(message) { }
    }

    class Unsendable : Exception
    {
        public Unsendable(string message) : base(message) { }
    }

    class Words
    {
        readonly string[] words;
        public int Place;

        public Words(string line) { words = line.Split(' '); }

        public char Kind { get { return words[Place][0]; } }

        public string Next() { return words[Place++]; }

        public string Rest() { return Next().Substring(1); }

        public int Count() { return int.Parse(Rest(), CultureInfo.InvariantCulture); }

        public string Text()
        {
            var digits = Rest();
            var bytes = new byte[digits.Length / 2];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)(Digit(digits[2 * i]) * 16 + Digit(digits[2 * i + 1]));
            return Encoding.UTF8.GetString(bytes);
        }

        static int Digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }
    }

    static class Reader
    {
        public static object Read(Words words, Type type)
        {
            var inner = Nullable.GetUnderlyingType(type);
            switch (words.Kind)
            {
                case 'n':
                    words.Next();
                    if (type.IsValueType && inner == null) throw new Mismatch("null is no " + type);
                    return null;
                case 't':
                case 'f':
                    return Checked(words.Next() == "t", inner ?? type);
                case 'i':
                    var digits = words.Rest();
                    long number;
                    if ((inner ?? type) == typeof(long) && long.TryParse(digits, out number))
                        return number;
                    return Integer(digits, inner ?? type);
                case 'd':
                    return Real(words.Rest(), inner ?? type);
                case 's':
                    return Text(words.Text(), inner ?? type);
                case 'm':
                    return Map(words, type);
                default:
                    return Items(words, inner ?? type);
            }
        }

        static object Checked(object value, Type type)
        {
            if (type.IsInstanceOfType(value)) return value;
            throw new Mismatch(value.GetType().Name + " is no " + type.Name);
        }

        static object Integer(string digits, Type type)
        {
            var value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
            try
            {
                switch (Type.GetTypeCode(type))
                {
                    case TypeCode.Int32: return (int)value;
                    case TypeCode.UInt32: return (uint)value;
                    case TypeCode.UInt64: return (ulong)value;
                    case TypeCode.Int16: return (short)value;
                    case TypeCode.Byte: return (byte)value;
                    case TypeCode.Double: return (double)value;
                    case TypeCode.Single: return (float)value;
                    case TypeCode.Decimal: return (decimal)value;
                }
                return type == typeof(BigInteger) ? value : Checked((long)value, type);
            }
            catch (OverflowException)
            {
                throw new Mismatch(value + " does not fit " + type.Name);
            }
        }

        static object Real(string digits, Type type)
        {
            var value = digits == "nan" ? double.NaN
                : digits == "inf" ? double.PositiveInfinity
                : digits == "-inf" ? double.NegativeInfinity
                : double.Parse(digits, CultureInfo.InvariantCulture);
            if (type == typeof(float)) return (float)value;
            if (type == typeof(decimal)) return (decimal)value;
            return Checked(value, type);
        }

        static object Text(string value, Type type)
        {
            if (type == typeof(char) && value.Length == 1) return value[0];
            if (type == typeof(char[])) return value.ToCharArray();
            return Checked(value, type);
        }

        static object Map(Words words, Type type)
        {
            var arguments = Arguments(type, typeof(IDictionary<,>), 2);
            var made = Make(type, typeof(Dictionary<,>).MakeGenericType(arguments));
            var map = made as IDictionary;
            if (map == null) throw new Mismatch("a map is no " + type.Name);
            for (var left = words.Count(); left > 0; left--)
            {
                var key = Read(words, arguments[0]);
                map.Add(key, Read(words, arguments[1]));
            }
            return made;
        }

        static object Items(Words words, Type type)
        {
            var isSet = words.Kind == 'h';
            var count = words.Count();
            if (type.IsArray)
            {
                var part = type.GetElementType();
                var array = Array.CreateInstance(part, count);
                for (var i = 0; i < count; i++) array.SetValue(Read(words, part), i);
                return array;
            }
            if (IsTuple(type)) return Tuple(words, type, count);
            var arguments = Arguments(type, typeof(ICollection<>), 1);
            var item = arguments[0];
            var list = typeof(List<>).MakeGenericType(arguments);
            var set = typeof(HashSet<>).MakeGenericType(arguments);
            var made = isSet ? Make(type, set, list) : Make(type, list, set);
            var add = typeof(ICollection<>).MakeGenericType(arguments).GetMethod("Add");
            var plain = made as IList;
            for (; count > 0; count--)
            {
                var value = Read(words, item);
                if (plain != null) plain.Add(value);
                else add.Invoke(made, new[] { value });
            }
            return made;
        }

        public static bool IsTuple(Type type)
        {
            return type.IsGenericType && (type.FullName.StartsWith("System.ValueTuple`")
                || type.FullName.StartsWith("System.Tuple`")
                || type.FullName.StartsWith("System.Collections.Generic.KeyValuePair`"));
        }

        static object Tuple(Words words, Type type, int count)
        {
            var types = type.GetGenericArguments();
            if (types.Length != count) throw new Mismatch(count + " items are no " + type.Name);
            var parts = types.Select(each => Read(words, each)).ToArray();
            return Activator.CreateInstance(type, parts);
        }

        // What a collection is made of; anything goes where its type does not say.
        static Type[] Arguments(Type type, Type wanted, int count)
        {
            foreach (var each in new[] { type }.Concat(type.GetInterfaces()))
                if (each.IsGenericType && each.GetGenericTypeDefinition() == wanted)
                    return each.GetGenericArguments();
            if (type.IsGenericType && type.GetGenericArguments().Length == count)
                return type.GetGenericArguments();
            return Enumerable.Repeat(typeof(object), count).ToArray();
        }

        static object Make(Type type, params Type[] usual)
        {
            var chosen = usual.FirstOrDefault(type.IsAssignableFrom);
            if (chosen == null && !type.IsAbstract && type.GetConstructor(Type.EmptyTypes) != null
                && typeof(IEnumerable).IsAssignableFrom(type)) chosen = type;
            if (chosen == null) throw new Mismatch("a collection is no " + type.Name);
            return Activator.CreateInstance(chosen);
        }
    }

    static class Writer
    {
        const int MaxDepth = 100;
        const int Shown = 200;

        public static string Word(string text)
        {
            var word = new StringBuilder("s");
            foreach (var each in Encoding.UTF8.GetBytes(text)) word.Append(each.ToString("x2"));
            return word.ToString();
        }

        public static void Write(object value, StringBuilder output, int depth)
        {
            if (depth > MaxDepth)
                throw new Unsendable("nested deeper than " + MaxDepth + " levels");
            if (value == null)
                output.Append(" n");
            else if (value is bool)
                output.Append((bool)value ? " t" : " f");
            else if (value is double || value is float)
                output.Append(" d").Append(Digits(value));
            else if (value is decimal)
                output.Append(" d").Append(Plain(value, "G"));
            else if (value is string || value is char)
                output.Append(' ').Append(Word(value.ToString()));
            else if (value.GetType().IsPrimitive)
                output.Append(" i").Append(Plain(value, "D"));
            else if (value is IDictionary)
                Map((IDictionary)value, output, depth);
            else if (value is IList)
                Parts('l', (IEnumerable)value, output, depth);
            else
                Other(value, output, depth);
        }

        static void Other(object value, StringBuilder output, int depth)
        {
            if (value is BigInteger)
                output.Append(" i").Append(Plain(value, "D"));
            else if (Reader.IsTuple(value.GetType()))
                Parts('p', Fields(value), output, depth);
            else if (value is IEnumerable)
                Parts(IsSet(value) ? 'h' : 'l', (IEnumerable)value, output, depth);
            else
            {
                var text = value.ToString() ?? "";
                output.Append(" o").Append(Word(value.GetType().FullName).Substring(1));
                output.Append(' ').Append(Word(text.Substring(0, Math.Min(Shown, text.Length))));
            }
        }

        static string Digits(object value)
        {
            var number = Convert.ToDouble(value);
            if (double.IsNaN(number)) return "nan";
            if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
            // Mono's negative zero has no sign, and its "R" is not always exact.
            if (number == 0) return 1 / number < 0 ? "-0.0" : "0.0";
            return Plain(value, value is float ? "R" : "G17");
        }

        static string Plain(object value, string format)
        {
            return ((IFormattable)value).ToString(format, CultureInfo.InvariantCulture);
        }

        static void Map(IDictionary map, StringBuilder output, int depth)
        {
            output.Append(" m").Append(map.Count);
            foreach (DictionaryEntry entry in map)
            {
                Write(entry.Key, output, depth + 1);
                Write(entry.Value, output, depth + 1);
            }
        }

        static void Parts(char kind, IEnumerable items, StringBuilder output, int depth)
        {
            var parts = new List<object>();
            foreach (var item in items) parts.Add(item);
            output.Append(' ').Append(kind).Append(parts.Count);
            foreach (var part in parts) Write(part, output, depth + 1);
        }

        static bool IsSet(object value)
        {
            return value.GetType().GetInterfaces().Any(
                each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(ISet<>));
        }

        static IEnumerable Fields(object value)
        {
            var type = value.GetType();
            var fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance);
            var properties = type.GetProperties()
                .Where(each => each.GetIndexParameters().Length == 0);
            return fields.Select(each => each.GetValue(value))
                .Concat(properties.Select(each => each.GetValue(value))).ToList();
        }
    }

    static class Driver
    {
        const int StackBytes = 64 << 20;
        const int Shown = 1000;
        const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
            | BindingFlags.Instance | BindingFlags.DeclaredOnly;

        static readonly TextWriter Stdout = Console.Out; // the answer may set another one
        static Stream replies;
        static Type[] types;

        static int Main(string[] arguments)
        {
            replies = Open(4, FileAccess.Write);
            var thread = new Thread(() => Serve(arguments[0]), StackBytes);
            thread.Start();
            thread.Join();
            return 0;
        }

        // By name, because Mono knows no descriptor that it has not opened itself; without a
        // buffer, because Mono's waits until it is full.
        static FileStream Open(int descriptor, FileAccess access)
        {
            var path = "/proc/self/fd/" + descriptor;
            return new FileStream(path, FileMode.Open, access, FileShare.ReadWrite, 1);
        }

        static void Serve(string assembly)
        {
            try
            {
                types = Assembly.LoadFrom(Path.GetFullPath(assembly)).GetTypes();
            }
            catch (Exception error)
            {
                Say(Failure(error));
                return;
            }
            Say("r");
            var calls = new StreamReader(Open(3, FileAccess.Read), Encoding.ASCII, false, 1 << 16);
            for (var line = calls.ReadLine(); line != null; line = calls.ReadLine())
            {
                var reply = Reply(new Words(line));
                Stdout.Flush();
                Say(reply);
            }
        }

        static string Reply(Words words)
        {
            try
            {
                var name = words.Text();
                var found = Find(name);
                if (found.Count == 0) return "x";
                Mismatch mismatch = null;
                var start = words.Place;
                foreach (var method in found)
                {
                    words.Place = start;
                    try
                    {
                        return Call(method, Arguments(method, words));
                    }
                    catch (Mismatch error)
                    {
                        mismatch = error;
                    }
                }
                return Failure(mismatch);
            }
            catch (Exception error)
            {
                return Failure(error);
            }
        }

        // All methods of a name: public ones first, and those of the class that was asked for.
        static List<MethodInfo> Find(string name)
        {
            var found = new List<MethodInfo>();
            foreach (var type in types)
            {
                foreach (var method in type.GetMethods(Any))
                {
                    var isFirst = method.IsPublic && type.Name == "Solution";
                    if (method.Name == name) found.Insert(isFirst ? 0 : found.Count, method);
                }
            }
            return found;
        }

        static object[] Arguments(MethodInfo method, Words words)
        {
            var wanted = method.GetParameters();
            var count = words.Count();
            var arguments = new object[wanted.Length];
            for (var number = 0; number < Math.Max(count, wanted.Length); number++)
            {
                if (number >= wanted.Length || (number >= count && !wanted[number].HasDefaultValue))
                    throw new Mismatch(method.Name + " takes " + wanted.Length
                        + " arguments, not the " + count + " that it is given");
                arguments[number] = number < count
                    ? Reader.Read(words, wanted[number].ParameterType)
                    : wanted[number].DefaultValue;
            }
            return arguments;
        }

        static string Call(MethodInfo method, object[] arguments)
        {
            object result;
            try
            {
                var owner = method.DeclaringType;
                var target = method.IsStatic ? null : Activator.CreateInstance(owner, true);
                result = method.Invoke(target, arguments);
                var reply = new StringBuilder("v");
                Writer.Write(result, reply, 0);
                return reply.ToString();
            }
            catch (TargetInvocationException error)
            {
                return Failure(error.InnerException);
            }
            catch (Unsendable error)
            {
                return "u " + Writer.Word(error.Message);
            }
        }

        static string Failure(Exception error)
        {
            while (error is TypeInitializationException && error.InnerException != null)
                error = error.InnerException;
            var message = error.Message.Substring(0, Math.Min(Shown, error.Message.Length));
            var frame = (error.StackTrace ?? "").Split('\n')[0].Trim();
            if (frame != "" && !frame.Contains("LLMBench.")) message += "\n" + frame;
            var type = error is Mismatch ? "Mismatch" : error.GetType().FullName;
            return "e " + Writer.Word(type) + " " + Writer.Word(message);
        }

        static void Say(string line)
        {
            var bytes = Encoding.ASCII.GetBytes(line + "\n");
            replies.Write(bytes, 0, bytes.Length);
            replies.Flush();
        }
    }
}
